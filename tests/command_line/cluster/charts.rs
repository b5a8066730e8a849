//! Small charts under the names and versions of the real ones: real helm installs them on a real API server, but no image is needed.
//!
//! They have what `cluster` looks at: labels, definitions (packed as the real charts pack them), a Service and a Secret of Grafana.

use std::path::Path;

use meshdelta_collector::cluster::COMPONENTS;

/// A Deployment of no pods, unless the values ask for some: with an image that cannot be pulled those never become ready.
fn deployment(labels: &str) -> String {
    format!(
        r#"{{{{- if .Values.broken }}}}{{{{ fail "the chart says no" }}}}{{{{ end }}}}
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {{{{ .Release.Name }}}}, labels: {{{labels}}}}}
spec:
  replicas: {{{{ .Values.podCount | default 0 }}}}
  selector: {{matchLabels: {{of: {{{{ .Release.Name }}}}}}}}
  template:
    metadata: {{labels: {{of: {{{{ .Release.Name }}}}}}}}
    spec:
      containers: [{{name: main, image: "test.meshdelta.invalid/nothing:9.9.9"}}]
"#
    )
}

fn definition(group: &str, plural: &str, kind: &str) -> String {
    format!(
        r"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.{group}
  annotations: {{helm.sh/resource-policy: POLICY}}
spec:
  group: {group}
  scope: Namespaced
  names: {{plural: {plural}, singular: {}, kind: {kind}}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
",
        kind.to_lowercase()
    )
}

const GRAFANA: &str = r"
apiVersion: v1
kind: Service
metadata: {name: kps-grafana, labels: {app.kubernetes.io/name: grafana}}
spec: {ports: [{name: http-web, port: 80, targetPort: 3000}], selector: {of: nothing}}
---
apiVersion: v1
kind: Secret
metadata: {name: kps-grafana, labels: {app.kubernetes.io/name: grafana}}
stringData: {admin-user: admin, admin-password: a-secret-of-the-test}
";

/// Writes the charts into a folder.
pub(super) fn write_charts(folder: &Path) {
    for component in COMPONENTS {
        let Some(chart) = component.chart() else {
            continue;
        };
        let labels: Vec<_> = component
            .labels
            .first()
            .map(|(key, value)| format!("{key}: {value}"))
            .into_iter()
            .collect();
        let mut files = vec![
            (
                "Chart.yaml",
                format!(
                    "apiVersion: v2\nname: {}\nversion: {}\n",
                    chart.name, chart.version
                ),
            ),
            ("templates/main.yaml", deployment(&labels.join(", "))),
        ];
        match chart.name {
            "kube-prometheus-stack" => {
                let group = "monitoring.coreos.com";
                let monitors = [
                    ("podmonitors", "PodMonitor"),
                    ("servicemonitors", "ServiceMonitor"),
                ]
                .map(|(plural, kind)| definition(group, plural, kind).replace("POLICY", "\"\""));
                files.push(("crds/all.yaml", monitors.join("---\n")));
                files.push(("templates/grafana.yaml", GRAFANA.to_owned()));
            }
            "k6-operator" => {
                let definition =
                    definition("k6.io", "testruns", "TestRun").replace("POLICY", "\"\"");
                files.push(("values.yaml", "installCRDs: true\n".to_owned()));
                files.push((
                    "templates/definitions.yaml",
                    format!("{{{{- if .Values.installCRDs }}}}\n{definition}{{{{- end }}}}\n"),
                ));
            }
            "base" => files.push((
                "templates/definitions.yaml",
                definition("networking.istio.io", "virtualservices", "VirtualService")
                    .replace("POLICY", "keep"),
            )),
            _ => {}
        }
        for (name, text) in files {
            let file = folder.join(chart.name).join(name);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, text).unwrap();
        }
    }
}
