// The load of `load.js`, and before it, in each runner, the proof that its own requests take the path of the phase.
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { options as loadOptions } from './load.js';

export { warmup, measure, handleSummary } from './load.js';

export const options = { ...loadOptions, setupTimeout: '120s' };

const target = __ENV.MESHDELTA_TARGET;
// The phase; a phase of the user's own proves itself by other means, and has none.
const expected = __ENV.MESHDELTA_EXPECTED_PATH;
// Shared by all containers of the pod, so the sidecar names itself by it too. k6-operator sets it to the name of the runner's Job: it is not
// the name of the pod.
const host = __ENV.HOSTNAME;
const waypoints = Number(__ENV.MESHDELTA_WAYPOINTS || '1');

const probes = 40;
// New configuration reaches the proxies some seconds after the API server says that it is accepted.
const patienceSeconds = 30;
// How many requests may pass before every waypoint was seen. There may be some that this runner never sees, because ztunnel prefers those in its
// own zone. It is not waited for them longer, because the other runners, which may have seen all, load meanwhile.
const mostProbes = 5 * probes;

// What one request showed: on the way back an L7 proxy adds a header; on the way there the route adds the name of the proxy that applies
// it, and a server's sidecar adds the identity of the client. The server echoes what arrived.
function look() {
  const response = http.get(`${target}/debug`, {
    headers: { Connection: 'close' },
    responseType: 'text',
    tags: { name: 'proof' },
    timeout: '5s',
  });
  const echo = response.body || '';
  const route = /^x-istio-workload: *(\S+)/im.exec(echo);
  return {
    status: response.status,
    proxied: response.headers['X-Envoy-Upstream-Service-Time'] !== undefined,
    route: route ? route[1] : '',
    certificate: /^x-forwarded-client-cert:/im.test(echo),
  };
}

const isAsExpected = {
  'baseline': (seen) => !seen.proxied && seen.route === '' && !seen.certificate,
  'sidecar': (seen) => seen.proxied && seen.route === '' && seen.certificate,
  'sidecar-l7': (seen) => seen.proxied && seen.route === host && seen.certificate,
  'ambient': (seen) => !seen.proxied && seen.route === '' && !seen.certificate,
  'ambient-l7': (seen) => seen.proxied && seen.route.startsWith('waypoint'),
};

// Goes on with a proof that passed, or begins anew after one that did not: what was seen before another path was, proves nothing.
function prove(earlier) {
  const proof = earlier.passed ? earlier : { expected, passed: true, requests: 0, applied: [], host };
  for (let count = 0; count < probes; count += 1) {
    const seen = look();
    proof.requests += 1;
    if (seen.status !== 200 || !isAsExpected[expected](seen)) {
      return { expected, passed: false, requests: proof.requests, seen, host };
    }
    if (seen.route !== '' && !proof.applied.includes(seen.route)) {
      proof.applied.push(seen.route);
    }
  }
  return expected === 'ambient-l7' ? { ...proof, replicas: waypoints } : proof;
}

function isEnough(proof) {
  if (!proof.passed || expected !== 'ambient-l7') {
    return proof.passed;
  }
  return proof.applied.length >= waypoints || proof.requests >= mostProbes;
}

export function setup() {
  if (!expected) {
    return null;
  }
  const end = Date.now() + patienceSeconds * 1000;
  let proof = prove({ passed: false });
  while (!isEnough(proof) && Date.now() < end) {
    if (!proof.passed) {
      sleep(1);
    }
    proof = prove(proof);
  }
  console.log(`MESHDELTA_PROOF ${JSON.stringify(proof)}`);
  if (!proof.passed) {
    exec.test.abort(`requests do not take the path of the phase: ${JSON.stringify(proof)}`);
  }
  return null;
}
