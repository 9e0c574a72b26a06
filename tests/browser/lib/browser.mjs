// The browser of the tests: Debian's Chromium.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // A container has no further sandbox.
  args: ['--no-sandbox'],
});

export const close = () => browser.close();

// Runs `use` with a tab that has followed the link. Fails if the console of the tab is not empty at the end.
export async function tab(demo, options, use) {
  const { scheme = 'light', width = 1280, script = true, expects = [], auditable = false } = options;
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height: 900 },
    javaScriptEnabled: script,
    // Only the audit adds a script to the page.
    bypassCSP: auditable,
  });
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  try {
    await page.goto(demo.link);
    await use(page, context);
    const unexpected = said.filter((line) => !expects.some((pattern) => pattern.test(line)));
    assert.deepEqual(unexpected, [], 'the console is empty');
  } finally {
    await context.close();
  }
}

// Returns what axe-core finds on the page, one line a finding.
export async function audit(page) {
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  // Text in the colour of its background is no violation to axe-core, which takes it for hidden on purpose.
  const invisible = incomplete.flatMap(({ id, nodes }) =>
    nodes.filter((node) => [...node.any, ...node.all].some(({ data }) => data?.messageKey === 'equalRatio')).map((node) => ({ id, nodes: [node] })),
  );
  return [...violations, ...invisible].flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
