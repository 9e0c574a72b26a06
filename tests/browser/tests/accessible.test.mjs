// Every kind of page: axe-core finds nothing, nothing scrolls sideways, and the keyboard reaches every action.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { audit, close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

const STATES = ['available', 'waiting', 'running', 'retryable', 'completed', 'parked', 'discarded', 'cancelled'];
const ACTIONS = ['again', 'redecode', 'cancel', 'discard', 'done', 'erase', 'erase-person'];

let demo;
let pages;

before(async () => {
  demo = await Demo.start('--entries', '300');
  pages = await everyPage();
});
after(async () => {
  await demo.stop();
  await close();
});

// Returns the paths of every kind of page, with an entry of every state in every tab.
async function everyPage() {
  const paths = ['/', '/?only=refused', '/?only=repeats', '/?only=conflicts', '/?q=no-delivery-has-this', '/?from=2026-01-15&to=2099-01-15', '/history', '/endpoints', '/refused'];
  const links = (page, path) => page.locator(`main a[href^="${path}"]`).evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  await tab(demo, {}, async (page) => {
    for (const state of STATES) {
      await page.goto(demo.at(`/?state=${state}`));
      const [entry] = await links(page, '/entries/');
      assert.ok(entry, `there is an entry that is ${state}`);
      paths.push(`/?state=${state}`, entry);
      await page.goto(demo.at(entry));
      paths.push(...(await links(page, '/act?')));
      if (state === 'completed' || state === 'discarded') paths.push(...(await links(page, '?tab=')).map((tab) => entry + tab));
      if (state === 'completed' || state === 'discarded') paths.push(...(await links(page, `${entry}?tab=`)));
    }
    for (const action of ACTIONS) paths.push(`/act?do=${action}`);
    await page.goto(demo.at('/refused'));
    paths.push(...(await links(page, '/refused/')).slice(0, 2));
  });
  return [...new Set(paths)];
}

for (const scheme of ['light', 'dark']) {
  test(`axe-core finds nothing in ${scheme}`, async () => {
    await tab(demo, { scheme, auditable: true }, async (page) => {
      assert.ok(pages.length > 35, `${pages.length} pages`);
      for (const path of pages) {
        await page.goto(demo.at(path));
        assert.deepEqual(await audit(page), [], path);
      }
    });
  });
}

for (const width of [1280, 390, 320]) {
  test(`nothing scrolls sideways at ${width} pixels`, async () => {
    await tab(demo, { width }, async (page) => {
      for (const path of pages) {
        await page.goto(demo.at(path));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, path);
      }
    });
  });
}

test('the keyboard alone processes a dead letter again', async () => {
  await tab(demo, {}, async (page) => {
    const press = async (wanted) => {
      for (let pressed = 0; pressed < 80; pressed += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => {
          const element = document.activeElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          return { text: element.textContent.trim(), id: element.id, ring: `${outlineStyle} ${outlineWidth}` };
        });
        if (wanted.test(focused.text) || wanted.test(focused.id)) {
          assert.doesNotMatch(focused.ring, /^none|0px$/, `the focus on ${focused.text} is visible`);
          return;
        }
      }
      assert.fail(`Tab does not reach ${wanted}`);
    };
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /skip/i);
    await page.goto(demo.at('/?state=discarded'));
    await press(/^Process \d+ again …$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/act\?/);
    await press(/^reason$/);
    await page.keyboard.type('by the keyboard');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /due again/ }).waitFor();
  });
});
