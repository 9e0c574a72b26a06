// 100,000 deliveries: paging leads through all of them, in both directions.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

const ENTRIES = 100_000;

// Some deliveries of the demonstration are not stored.
const SEEDED = 115_000;

let demo;
before(async () => {
  demo = await Demo.start('--entries', String(SEEDED));
});
after(async () => {
  await demo.stop();
  await close();
});

const ids = (page) => page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.id.slice(1))));

// At the newest delivery, in the middle, and near the first one.
for (const from of [null, 50_000, 700]) {
  test(`older and newer lead through the deliveries from ${from ?? 'the newest'} without a gap`, async () => {
    await tab(demo, {}, async (page) => {
      if (from) await page.goto(demo.at(`/?before=${from}`));
      const forward = [];
      for (let turned = 0; turned < 6; turned += 1) {
        forward.push(await ids(page));
        await page.getByRole('link', { name: /older/i }).first().click();
      }
      const seen = forward.flat();
      assert.deepEqual(seen, [...new Set(seen)].sort((one, other) => other - one), 'each is listed once, the newest first');
      // Repeats have used up some of the newest numbers.
      if (from) assert.deepEqual(seen, Array.from(seen, (_, place) => from - 1 - place));
      else assert.ok(seen[0] > ENTRIES, String(seen[0]));
      for (let turned = 5; turned >= 0; turned -= 1) {
        await page.getByRole('link', { name: /newer/i }).first().click();
        assert.deepEqual(await ids(page), forward[turned], `page ${turned}`);
      }
    });
  });
}

test('the last page ends with the first delivery, and leads no further', async () => {
  await tab(demo, {}, async (page) => {
    await page.goto(demo.at('/?before=50'));
    assert.deepEqual(await ids(page), Array.from({ length: 49 }, (_, place) => 49 - place));
    assert.equal(await page.getByRole('link', { name: /older/i }).count(), 0);
  });
});
