// Every action, on one delivery and on all of a filter: counted, with a reason, in the history.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

let demo;
before(async () => {
  demo = await Demo.start('--entries', '400');
});
after(async () => {
  await demo.stop();
  await close();
});

// The action, its button for one entry, a state that permits it, the state after it, and its word in the history.
const ONE = [
  ['again', 'Process again', 'completed', 'available', 'processed again'],
  ['cancel', 'Cancel', 'available', 'cancelled', 'cancelled'],
  ['discard', 'Discard', 'retryable', 'dead letter', 'made a dead letter'],
  ['done', 'Mark as done', 'discarded', 'completed', 'marked'],
  ['erase', 'Erase', 'completed', 'completed', 'erased'],
  ['redecode', 'Decode again', 'parked', null, null],
];

for (const [action, button, state, after, word] of ONE) {
  test(`${action} acts on one delivery`, async () => {
    await tab(demo, {}, async (page) => {
      await page.goto(demo.at(`/?state=${state}`));
      await page.locator('tbody a').first().click();
      const entry = new URL(page.url()).pathname;
      await page.goto(demo.at(`/act?do=${action}&entry=${entry.split('/').at(-1)}`));
      await page.getByLabel(/^Reason/).fill(`reason of ${action}`);
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.getByRole('status').first().waitFor();
      await page.goto(demo.at(entry));
      const text = await page.locator('main').innerText();
      if (after) assert.ok(text.includes(after), `${entry} is ${after}`);
      if (!word) return;
      await page.goto(demo.at('/history'));
      const line = await page.locator('tbody tr').first().innerText();
      for (const part of [new RegExp(word, 'i'), /dana@example\.com/, new RegExp(`reason of ${action}`)]) assert.match(line, part);
    });
  });
}

// The action, the filter, and whether the state of the entries is another one afterwards.
const BULK = [
  ['discard', 'state=retryable', true],
  ['again', 'state=discarded', true],
  ['cancel', 'state=available&endpoint=redpin-main', true],
  ['done', 'state=cancelled', true],
  ['redecode', 'state=parked', false],
  ['erase', 'state=completed&endpoint=dub-main', false],
];

for (const [action, filter, leaves] of BULK) {
  test(`${action} acts on the entries that it has counted`, async () => {
    await tab(demo, {}, async (page) => {
      await page.goto(demo.at(`/?${filter}`));
      const matching = Number((await page.locator('#matching').innerText()).match(/[\d,]+/)[0].replace(',', ''));
      assert.ok(matching > 0, `deliveries match ${filter}`);
      await page.goto(demo.at(`/act?do=${action}&${filter}`));
      const counted = Number((await page.locator('.counted b').innerText()).replace(',', ''));
      assert.ok(counted > 0 && counted <= matching, `${counted} of ${matching}`);
      await page.getByLabel(/^Reason/).fill(`all of ${action}`);
      await page.locator('form.act button[type=submit]').click();
      const heading = await page.getByRole('heading', { level: 1 }).innerText();
      await page.getByRole('status').first().waitFor();
      if (action !== 'redecode') assert.equal(Number(heading.match(/[\d,]+/)[0].replace(',', '')), counted, heading);
      await page.goto(demo.at(`/?${filter}`));
      const left = Number((await page.locator('#matching').innerText()).match(/[\d,]+/)[0].replace(',', ''));
      assert.equal(left, leaves ? matching - counted : matching);
    });
  });
}

test('a person is erased from every delivery that names them', async () => {
  await tab(demo, {}, async (page) => {
    await page.goto(demo.at('/act?do=erase-person'));
    await page.locator('form.act input[type=text], form.act input[name=person]').first().fill('example.com');
    await page.getByRole('button', { name: /^Count/ }).click();
    const counted = Number((await page.locator('.counted b').innerText()).replace(',', ''));
    assert.ok(counted > 10, `${counted} deliveries mention it`);
    assert.ok(!page.url().includes('example.com'), 'no log of URLs has the text');
    await page.getByLabel(/^Reason/).fill('asked by letter');
    await page.locator('form.act button[type=submit]').click();
    await page.getByRole('heading', { level: 1, name: /erased/ }).waitFor();
    assert.match(await page.locator('main').innerText(), new RegExp(`Erased\\s+${counted.toLocaleString('en')}`));
  });
});

test('a form that is sent twice acts once', async () => {
  await tab(demo, {}, async (page) => {
    await page.goto(demo.at('/?state=completed&endpoint=tolt-main'));
    await page.locator('tbody a').first().click();
    const entry = new URL(page.url()).pathname.split('/').at(-1);
    await page.goto(demo.at(`/act?do=again&entry=${entry}`));
    await page.getByLabel(/^Reason/).fill('once');
    const form = await page.locator('form.act').evaluate((form) => new URLSearchParams(new FormData(form)).toString());
    await page.getByRole('button', { name: 'Process again', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /is due again/ }).waitFor();
    const again = await page.evaluate(async (form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await fetch('/act', { method: 'POST', headers, body: form.replace('reason=once', 'reason=twice') });
      return answer.text();
    }, form);
    assert.match(again, /This form was sent before/);
    await page.goto(demo.at('/history'));
    assert.doesNotMatch(await page.locator('tbody').innerText(), /twice/);
  });
});
