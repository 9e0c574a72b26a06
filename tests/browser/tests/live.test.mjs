// Rows arrive while the page is open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

let demo;
before(async () => {
  demo = await Demo.start('--entries', '100');
});
after(async () => {
  await demo.stop();
  await close();
});

const newest = (page) => page.locator('tbody tr').first().getAttribute('id');

// Waits until the first row is another one.
async function waitForRow(page, before) {
  await page.waitForFunction((before) => document.querySelector('tbody tr').id !== before, before, { timeout: 60_000 });
}

test('a delivery appears by itself, and its change too', async () => {
  await tab(demo, {}, async (page) => {
    await page.waitForSelector('#live[data-state=open]');
    const before = await newest(page);
    const all = await page.locator('#cards b').first().innerText();
    await demo.deliver();
    await waitForRow(page, before);
    await page.waitForFunction((all) => document.querySelector('#cards b').innerText !== all, all);
    const row = page.locator('tbody tr').first();
    const version = await row.getAttribute('data-version');
    await tab(demo, {}, async (other) => {
      const entry = (await newest(page)).slice(1);
      await other.goto(demo.at(`/act?do=cancel&entry=${entry}`));
      await other.getByLabel(/^Reason/).fill('seen live');
      await other.getByRole('button', { name: 'Cancel' }).click();
    });
    await page.waitForFunction((version) => document.querySelector('tbody tr').dataset.version !== version, version);
    assert.match(await row.locator('.state').innerText(), /cancelled/);
  });
});

test('the stream is open again after the program was killed and started', async () => {
  await tab(demo, { expects: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|ERR_CONNECTION_RESET/] }, async (page) => {
    await page.waitForSelector('#live[data-state=open]');
    const before = await newest(page);
    await demo.kill();
    await page.waitForSelector('#live[data-state=lost]');
    await demo.deliver();
    await demo.start();
    await page.waitForSelector('#live[data-state=open]', { timeout: 90_000 });
    await waitForRow(page, before);
  });
});

test('a reader who has switched it off keeps the rows', async () => {
  await tab(demo, {}, async (page) => {
    await page.waitForSelector('#live[data-state=open]');
    await page.locator('#live-switch').click();
    const before = await newest(page);
    await demo.deliver();
    await page.waitForTimeout(3_000);
    assert.equal(await newest(page), before);
    await page.locator('#live-switch').click();
    await waitForRow(page, before);
  });
});
