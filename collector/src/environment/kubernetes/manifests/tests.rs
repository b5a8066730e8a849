//! What is made of the templates; and, on a real API server, that it takes every object strictly.

use kube::ResourceExt;
use meshdelta_run::order::run_order;
use meshdelta_run::plan::{Placement, PlanSettings, parse_plan_file};
use meshdelta_run::{Phase, TimestampMs};
use tokio_util::sync::CancellationToken;

use super::super::test_run::{script, test_run};
use super::*;
use crate::environment::SlotContext;
use crate::kubernetes::{Access, Cluster};

fn run_id() -> RunId {
    RunId::try_new("20261127-030000-abcdef").unwrap()
}

fn plan() -> Plan {
    let settings = "environment = 'kubernetes'\n[kubernetes]\nistio_revision = 'canary'\nimage_pull_secrets = ['mirror']\n";
    parse_plan_file("plan.toml", settings)
        .unwrap()
        .resolve(7)
        .unwrap()
}

fn objects() -> Vec<DynamicObject> {
    let plan = plan();
    let mut kubernetes = plan.kubernetes.clone().unwrap();
    kubernetes.servers = Placement {
        node_selector: BTreeMap::from([("meshdelta.io/role".to_owned(), "backend".to_owned())]),
        tolerations: vec![Toleration {
            key: "meshdelta.io/role".to_owned(),
            value: Some("backend".to_owned()),
            effect: Some("NoSchedule".to_owned()),
        }],
    };
    standing_objects(&plan, &kubernetes, &run_id()).unwrap()
}

fn names(objects: &[DynamicObject]) -> Vec<String> {
    objects
        .iter()
        .map(|object| {
            format!(
                "{} {}",
                object.types.as_ref().unwrap().kind,
                object.name_any()
            )
        })
        .collect()
}

#[test]
fn five_services_stand_over_three_deployments() {
    assert_eq!(
        names(&objects()),
        [
            "PeerAuthentication meshdelta-runners",
            "Deployment not-in-mesh",
            "Deployment in-mesh",
            "Deployment in-ambient",
            "ConfigMap waypoint",
            "Gateway waypoint",
            "Service not-in-mesh",
            "Service in-mesh",
            "Service in-mesh-l7",
            "HTTPRoute in-mesh-l7",
            "Service in-ambient",
            "Service in-ambient-l7",
            "HTTPRoute in-ambient-l7",
        ]
    );
}

#[test]
fn without_mesh_phases_nothing_of_a_mesh_is_made() {
    let mut plan = plan();
    plan.phases.truncate(1);
    let kubernetes = plan.kubernetes.clone().unwrap();
    let objects = standing_objects(&plan, &kubernetes, &run_id()).unwrap();
    assert_eq!(
        names(&objects),
        ["Deployment not-in-mesh", "Service not-in-mesh"]
    );
}

#[test]
fn pods_have_the_labels_the_resources_and_the_place_of_the_plan() {
    let objects = objects();
    let in_mesh = objects
        .iter()
        .find(|object| object.name_any() == "in-mesh")
        .unwrap();
    let template = &in_mesh.data["spec"]["template"];
    assert_eq!(
        template["metadata"]["labels"]["sidecar.istio.io/inject"],
        "true"
    );
    assert_eq!(template["metadata"]["labels"]["istio.io/rev"], "canary");
    assert_eq!(template["metadata"]["labels"][RUN_LABEL], run_id().as_str());
    let pod = &template["spec"];
    assert_eq!(pod["nodeSelector"], json!({"meshdelta.io/role": "backend"}));
    assert_eq!(pod["tolerations"][0]["operator"], "Equal");
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "mirror"}]));
    let resources = &pod["containers"][0]["resources"];
    assert_eq!(resources["requests"], resources["limits"]);
    // Quantities are text: YAML would make a number of `1`.
    assert_eq!(resources["limits"]["cpu"], "1");
    let nodes = &pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let others = &nodes[0]["labelSelector"]["matchLabels"];
    assert_eq!(others, &json!({"app": "not-in-mesh"}));
    let first = objects
        .iter()
        .find(|object| object.name_any() == "not-in-mesh");
    let affinity = &first.unwrap().data["spec"]["template"]["spec"]["affinity"];
    assert_eq!(affinity, &json!({}), "they wait for nobody");
    let bound: Vec<String> = objects
        .iter()
        .filter(|object| object.labels().contains_key("istio.io/use-waypoint"))
        .map(ResourceExt::name_any)
        .collect();
    assert_eq!(bound, ["in-ambient-l7"]);
}

/// What `restricted` of `PodSecurity` asks of a pod and of its container, of those fields that a pod here has at all.
#[track_caller]
fn is_restricted(pod: &Value, container: &Value) {
    assert_eq!(pod["runAsNonRoot"], true);
    assert!(pod["runAsUser"].as_u64().unwrap() > 0);
    // Of Istio's containers it is Istio's matter.
    assert!(pod["seccompProfile"].is_null());
    assert_eq!(container["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"], json!({"drop": ["ALL"]}));
}

#[test]
fn pods_can_be_made_where_only_restricted_ones_are_taken() {
    let objects = objects();
    let of_kind = |kind: &str| {
        let of_kind = |object: &&DynamicObject| object.types.as_ref().unwrap().kind == kind;
        objects.iter().filter(of_kind).collect::<Vec<_>>()
    };
    for deployment in of_kind("Deployment") {
        let pod = &deployment.data["spec"]["template"]["spec"];
        is_restricted(
            &pod["securityContext"],
            &pod["containers"][0]["securityContext"],
        );
    }
    with_test_runs(|_, object| {
        for part in ["runner", "starter"] {
            let pod = &object.data["spec"][part];
            is_restricted(&pod["securityContext"], &pod["containerSecurityContext"]);
        }
    });
}

#[test]
fn manifests_of_the_users_own_phases_are_filled_in_and_land_in_the_namespace_of_the_servers() {
    let text = "environment = 'kubernetes'\n[[kubernetes.phase]]\nid = 'own'\ntitle = 'Own'\ndata_path = 'x'\ntarget = 'http://own'\n\
                manifest_texts = { 'own.yaml' = \"\"\"\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ run }}'}\ndata: {image: '{{ server_image }}'}\n\"\"\" }\n\
                [[kubernetes.phase.proof]]\nname = 'p'\nquery = 'c'\ngrows = 'some'\n";
    let plan = parse_plan_file("plan.toml", text)
        .unwrap()
        .resolve(7)
        .unwrap();
    let phases: Vec<&str> = plan.phases.iter().map(|phase| phase.id.as_str()).collect();
    assert_eq!(phases, ["baseline", "own"]);
    let kubernetes = plan.kubernetes.clone().unwrap();
    let objects = standing_objects(&plan, &kubernetes, &run_id()).unwrap();
    let own = objects.last().unwrap();
    assert_eq!(own.name_any(), run_id().as_str());
    assert_eq!(own.namespace().unwrap(), kubernetes.namespace);
    assert_eq!(own.data["data"]["image"], kubernetes.images.server);
}

/// Calls with a test run of every phase.
fn with_test_runs(mut look: impl FnMut(&Phase, DynamicObject)) {
    let plan = plan();
    let kubernetes = plan.kubernetes.clone().unwrap();
    let run_id = run_id();
    let cancellation = CancellationToken::new();
    let order = run_order(&plan);
    for phase in &plan.phases {
        let slot = order.iter().find(|slot| slot.phase == phase.id).unwrap();
        let context = SlotContext {
            run_id: &run_id,
            plan: &plan,
            slot,
            phase,
            attempt: TimestampMs(5),
            cancellation: &cancellation,
        };
        let url = "http://kps-prometheus.monitoring.svc.cluster.local:9090/api/v1/write";
        look(
            phase,
            test_run(context, &kubernetes, "http://x", url).unwrap(),
        );
    }
}

#[test]
fn runners_belong_to_the_mesh_of_their_phase_and_keep_metrics_out_of_the_sidecar() {
    with_test_runs(|phase, object| {
        let runner = &object.data["spec"]["runner"];
        let labels = &runner["metadata"]["labels"];
        let annotations = &runner["metadata"]["annotations"];
        let has_sidecar = phase.id.as_str().starts_with("sidecar");
        assert_eq!(labels["sidecar.istio.io/inject"], has_sidecar.to_string());
        assert_eq!(
            labels["istio.io/dataplane-mode"] == "ambient",
            phase.id.as_str().starts_with("ambient")
        );
        let excluded = &annotations["traffic.sidecar.istio.io/excludeOutboundPorts"];
        assert_eq!(excluded == "9090", has_sidecar, "{}", phase.id);
        let arguments = object.data["spec"]["arguments"].as_str().unwrap();
        let expected = format!(
            "--out experimental-prometheus-rw --tag testid={} --tag phase={} --tag round=0 --tag slot=",
            run_id(),
            phase.id
        );
        assert!(arguments.starts_with(&expected), "{arguments}");
        // The longest name that is made of it, `NAME-service-NUMBER`, must be a DNS label.
        assert!(object.name_any().len() + "-service-100".len() <= 63);
        assert!(
            object
                .name_any()
                .starts_with(|first: char| first.is_ascii_lowercase())
        );
    });
}

/// `MESHDELTA_TEST_CLUSTER` names a folder with a kubeconfig, as `tools/test-cluster/up` makes it; only its API server is needed.
#[tokio::test]
#[ignore = "needs a real cluster"]
async fn a_real_api_server_takes_every_object_strictly() {
    let folder = std::env::var_os("MESHDELTA_TEST_CLUSTER")
        .expect("MESHDELTA_TEST_CLUSTER names the folder of a cluster");
    let access = Access {
        kubeconfig: Some(std::path::PathBuf::from(folder).join("kubeconfig")),
        context: None,
    };
    let cluster = Cluster::connect(&access).await.unwrap();
    let mut all = objects();
    all.push(script(&plan().kubernetes.unwrap(), &run_id()).unwrap());
    with_test_runs(|_, object| all.push(object));
    let examples = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../manifests/kubernetes/rbac.yaml"
    );
    let rbac = fs_err::read_to_string(examples).unwrap();
    all.extend(parse_manifests("rbac.yaml", &rbac).unwrap());
    for mut object in all {
        // A namespace that is there: nothing is stored, so nothing else is needed.
        if object.metadata.namespace.is_some() {
            object.metadata.namespace = Some("default".to_owned());
        }
        cluster.check(&object).await.unwrap();
        // The same with a field that is not known must be refused, or the check says nothing.
        object.data["unknownField"] = json!(1);
        assert!(
            cluster.check(&object).await.is_err(),
            "{}",
            object.name_any()
        );
    }
}

#[test]
fn the_example_plans_are_valid() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plans");
    for name in ["kubernetes", "linkerd", "cilium", "istio-settings"] {
        let path = folder.join(format!("{name}.toml"));
        let text = fs_err::read_to_string(&path).unwrap();
        let mut settings: PlanSettings = parse_plan_file(name, &text).unwrap();
        settings
            .kubernetes
            .as_mut()
            .unwrap()
            .read_manifests(&folder)
            .unwrap();
        let plan = settings.resolve(7).unwrap();
        let kubernetes = plan.kubernetes.clone().unwrap();
        let objects = standing_objects(&plan, &kubernetes, &run_id()).unwrap();
        assert!(objects.len() >= 4, "{name}: {:?}", names(&objects));
    }
}
