// Loads pages from files in Chromium, in light, dark, narrow and print, and looks at what a reader would trip over:
// console errors, anything loaded from elsewhere, dialogs (a script that got in), a page wider than its screen, and what axe finds.
//
//   node browser.js CHROMIUM PAGE...

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const axe = require('axe-core');
const { chromium } = require('playwright-core');

const WIDE = { width: 1280, height: 900 };
const LOOKS = [
  { name: 'light', viewport: WIDE, colorScheme: 'light' },
  { name: 'dark', viewport: WIDE, colorScheme: 'dark' },
  { name: 'narrow', viewport: { width: 360, height: 780 }, colorScheme: 'light' },
  { name: 'print', viewport: WIDE, colorScheme: 'light', media: 'print' },
];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Notes what a page says and asks for, from before it is loaded. */
function watch(page, url) {
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return complaints;
}

/** What is wrong with a page as it stands in the browser; folded parts are unfolded first. */
async function inspect(page, look) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
  const complaints = [];
  const [wanted, given] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (wanted > given) complaints.push(`width: ${wanted} px on a screen of ${given} px`);
  // Paper has neither keyboard nor narrow screens, and its colours are those of the light page.
  if (look.media === 'print') return complaints;
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  if (passes.length === 0) complaints.push('axe: looked at nothing');
  for (const violation of violations) {
    for (const node of violation.nodes.slice(0, 3)) {
      complaints.push(`axe: ${violation.id}: ${violation.help}: ${node.html.slice(0, 160)}`);
    }
  }
  return complaints;
}

async function visit(browser, file, look) {
  const context = await browser.newContext({ viewport: look.viewport, colorScheme: look.colorScheme });
  try {
    const page = await context.newPage();
    const url = pathToFileURL(path.resolve(file)).href;
    const complaints = watch(page, url);
    if (look.media) await page.emulateMedia({ media: look.media });
    await page.goto(url, { waitUntil: 'load' });
    return complaints.concat(await inspect(page, look));
  } finally {
    await context.close();
  }
}

async function main([executablePath, ...files]) {
  if (files.length === 0) throw new Error('usage: node browser.js CHROMIUM PAGE...');
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  let count = 0;
  try {
    for (const file of files) {
      for (const look of LOOKS) {
        const complaints = await visit(browser, file, look);
        count += complaints.length;
        console.log(`${path.basename(file)}, ${look.name}: ${complaints.length === 0 ? 'nothing to complain about' : ''}`);
        complaints.forEach((complaint) => console.log(`  ${complaint}`));
      }
    }
  } finally {
    await browser.close();
  }
  return count;
}

main(process.argv.slice(2)).then(
  (count) => { process.exitCode = count === 0 ? 0 : 1; },
  (error) => { console.error(error); process.exitCode = 2; },
);
