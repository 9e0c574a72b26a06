// Without JavaScript the page is complete.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

let demo;
before(async () => {
  demo = await Demo.start('--entries', '200');
});
after(async () => {
  await demo.stop();
  await close();
});

test('a delivery is found, read, revealed and processed again', async () => {
  await tab(demo, { script: false }, async (page) => {
    await page.locator('select[name=state]').selectOption('discarded');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    assert.match(page.url(), /state=discarded/);
    await page.locator('tbody a').first().click();
    const entry = new URL(page.url()).pathname;
    assert.match(entry, /^\/entries\/\d+$/);
    for (const name of ['Request', 'Verification', 'Event', 'Attempts', 'Related', 'Repeats']) {
      await page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) }).click();
      assert.equal(new URL(page.url()).pathname, entry);
    }
    await page.goto(demo.at(entry));
    assert.equal(await page.getByRole('link', { name: 'Raw bytes' }).count(), 0, 'masked bytes have no download');
    await page.getByRole('button', { name: 'Reveal personal data' }).click();
    await page.getByRole('link', { name: 'Raw bytes' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Attempts' }).click();
    assert.match(await page.locator('main').innerText(), /revealed[^]*dana@example\.com/);
    await page.goto(demo.at(entry));
    await page.getByRole('link', { name: /^Process again/ }).click();
    await page.getByLabel(/^Reason/).fill('ticket 4711');
    await page.getByRole('button', { name: 'Process again' }).click();
    await page.getByRole('heading', { level: 1, name: /is due again/ }).waitFor();
    await page.getByRole('link', { name: 'History' }).last().click();
    const line = await page.locator('tbody tr').first().innerText();
    assert.match(line, /dana@example\.com/);
    assert.match(line, /ticket 4711/);
  });
});

test('the live switch is absent, and a link refreshes', async () => {
  await tab(demo, { script: false }, async (page) => {
    assert.equal(await page.locator('#live-switch').isVisible(), false);
    const before = await page.locator('tbody tr').first().getAttribute('id');
    await demo.deliver();
    await page.getByRole('link', { name: 'Refresh' }).click();
    assert.notEqual(await page.locator('tbody tr').first().getAttribute('id'), before);
  });
});
