// The load of one slot: a warm-up that is thrown away, then the measured load, both at a constant arrival rate (open loop).
// Everything that names the slot (testid, phase, round, slot) comes as `--tag`, because `--tag` replaces tags written here.
import http from 'k6/http';
import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';

const target = __ENV.MESHDELTA_TARGET;
const rate = Number(__ENV.MESHDELTA_RATE_PER_SECOND);
const warmupSeconds = Number(__ENV.MESHDELTA_WARMUP_SECONDS);
const durationSeconds = Number(__ENV.MESHDELTA_DURATION_SECONDS);
const pushIntervalSeconds = Number(__ENV.MESHDELTA_PUSH_INTERVAL_SECONDS);

// k6's own record of when the measured scenario began, in milliseconds since the Unix epoch: the exact start of the window.
const measureStart = new Gauge('meshdelta_measure_start_ms');

// The measured load begins half a push interval off the push grid, so that jitter of a push never moves it over the edge of an
// analysis interval. The warm-up ends that much earlier, with all its grace: k6 then gives its virtual users, and so its connections, to
// the measured load. While a scenario may still run, its users are kept back and the next one would measure connections of its own.
const pauseSeconds = pushIntervalSeconds / 2;
const measureStartSeconds = warmupSeconds + pauseSeconds;

const arrivals = {
  executor: 'constant-arrival-rate',
  rate,
  timeUnit: '1s',
  preAllocatedVUs: Number(__ENV.MESHDELTA_VIRTUAL_USERS),
  maxVUs: Number(__ENV.MESHDELTA_MAXIMUM_VIRTUAL_USERS),
};

// A threshold on a submetric is the only way to have its count in the summary; these can never fail.
const counted = {};
for (const scenario of ['warmup', 'measure']) {
  counted[`dropped_iterations{scenario:${scenario}}`] = ['count>=0'];
  for (const expected of ['true', 'false']) {
    counted[`http_reqs{scenario:${scenario},expected_response:${expected}}`] = ['count>=0'];
  }
}
counted['http_req_duration{scenario:measure,expected_response:true}'] = ['max>=0'];

export const options = {
  scenarios: {
    warmup: {
      ...arrivals,
      duration: `${warmupSeconds}s`,
      gracefulStop: `${pauseSeconds * 1000}ms`,
      exec: 'warmup',
    },
    measure: {
      ...arrivals,
      startTime: `${measureStartSeconds * 1000}ms`,
      duration: `${durationSeconds}s`,
      gracefulStop: '5s',
      exec: 'measure',
    },
  },
  discardResponseBodies: true,
  systemTags: ['status', 'method', 'name', 'scenario', 'expected_response', 'error_code'],
  summaryTrendStats: ['count', 'avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)'],
  thresholds: counted,
};

// One name for all requests: k6 would otherwise make a series of each URL.
const parameters = { tags: { name: 'target' } };

export function warmup() {
  http.get(target, parameters);
}

export function measure() {
  // The first of this runner: each runner says when its own load began.
  if (exec.scenario.iterationInInstance === 0) {
    measureStart.add(exec.scenario.startTime);
  }
  http.get(target, parameters);
}

// One line of JSON: the ground truth that the stored counts are checked against.
export function handleSummary(data) {
  const summary = { metrics: {}, test_run_duration_ms: data.state.testRunDurationMs };
  for (const [name, metric] of Object.entries(data.metrics)) {
    summary.metrics[name] = metric.values;
  }
  return { stdout: `MESHDELTA_SUMMARY ${JSON.stringify(summary)}\n` };
}
