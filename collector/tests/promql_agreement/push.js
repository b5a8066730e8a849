// Pushes what the rules of quantiles are checked on: the values of cases.json, each case a series of one Trend, and the latencies of real
// requests.
//
// k6 sends a series again only when it has a sample of a newer millisecond. So each case keeps one value for the end, and one request comes
// after all others: then the last push holds everything, whenever pushes happen.
import http from 'k6/http';
import { sleep } from 'k6';
import { Trend } from 'k6/metrics';

const cases = JSON.parse(open('./cases.json'));
const chosen = new Trend('chosen');

const batches = 60;
const requestsPerBatch = 4;

export const options = {
  vus: 1,
  iterations: 1,
  systemTags: ['name', 'status'],
};

const request = ['GET', __ENV.TARGET, null, { tags: { name: 'target' } }];

export default function () {
  const lastOf = new Map();
  for (const { name, values } of cases) {
    // As text, because JSON has no infinity.
    const all = values.flatMap(([value, times]) => Array(times).fill(Number(value)));
    lastOf.set(name, all.pop());
    all.forEach((value) => chosen.add(value, { case: name }));
  }
  for (let batch = 0; batch < batches; batch += 1) {
    http.batch(Array(requestsPerBatch).fill(request));
    sleep(0.025);
  }
  sleep(0.1);
  http.batch([request]);
  lastOf.forEach((value, name) => chosen.add(value, { case: name }));
}
