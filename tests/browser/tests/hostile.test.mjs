// Deliveries with hostile texts in every field: no script runs, nothing leaves its place, no page breaks.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

const TABS = ['', '?tab=request', '?tab=verification', '?tab=event', '?tab=attempts', '?tab=related', '?tab=repeats'];

let demo;
before(async () => {
  demo = await Demo.start('--entries', '0', '--hostile');
}, { timeout: 400_000 });
after(async () => {
  await demo.stop();
  await close();
});

// What must not be on a page: an element or an attribute that only a text of a delivery can have brought, and characters
// that change the direction of others.
const traces = (page) =>
  page.evaluate(() => {
    const found = [...document.querySelectorAll('script:not([src]), iframe, object, embed, base, main img, main form:not([action^="/"]), [style]')];
    const handlers = [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on')));
    const characters = document.body.innerText.match(/[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g) ?? [];
    return [...found, ...handlers].map((one) => one.outerHTML.slice(0, 200)).concat(characters.map((one) => one.codePointAt(0).toString(16)));
  });

test('every list shows hostile texts harmlessly', async () => {
  await tab(demo, {}, async (page) => {
    let pages = 0;
    for (let older = true; older; pages += 1) {
      assert.deepEqual(await traces(page), [], page.url());
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`);
      const link = page.getByRole('link', { name: /older/i }).first();
      older = (await link.count()) > 0;
      if (older) await link.click();
    }
    assert.ok(pages > 5, `${pages} pages of hostile deliveries`);
    assert.equal(await page.evaluate(() => globalThis.attacked), undefined);
  });
});

test('every part of a hostile delivery is harmless', async () => {
  await tab(demo, { expects: [/404/] }, async (page) => {
    const all = Number((await page.locator('#cards b').first().innerText()).replace(',', ''));
    // Every 23rd delivery: 23 and the number of kinds have no common factor, so that all kinds and platforms are visited.
    let [visited, revealed] = [0, 0];
    for (let entry = 1; entry <= all; entry += 23) {
      for (const tab of TABS) {
        const answer = await page.goto(demo.at(`/entries/${entry}${tab}`));
        // A repeat has used up the number.
        if (answer.status() === 404) break;
        visited += 1;
        assert.equal(answer.status(), 200, `${entry}${tab}`);
        assert.ok((await answer.body()).length < 3_000_000, `${entry}${tab} is bounded`);
        assert.deepEqual(await traces(page), [], `${entry}${tab}`);
      }
      const reveal = page.getByRole('button', { name: 'Reveal personal data' });
      if ((await reveal.count()) === 0) continue;
      await reveal.click();
      for (const name of ['Request', 'Event']) {
        await page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) }).click();
        assert.deepEqual(await traces(page), [], `${entry} revealed, ${name}`);
        revealed += 1;
      }
    }
    assert.ok(visited > 200, `${visited} parts`);
    assert.ok(revealed > 40, `${revealed} revealed parts`);
    for (const path of ['/endpoints', '/refused', '/history']) {
      await page.goto(demo.at(path));
      assert.deepEqual(await traces(page), [], path);
    }
  });
});
