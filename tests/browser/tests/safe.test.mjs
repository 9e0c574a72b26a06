// What a stranger's page, another host and a person without the token can do: nothing.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { close, tab } from '../lib/browser.mjs';
import { Demo } from '../lib/demo.mjs';

let demo;
before(async () => {
  demo = await Demo.start('--entries', '120');
});
after(async () => {
  await demo.stop();
  await close();
});

// Sends a request as no browser would. Returns the status.
function send(path, { method = 'GET', headers = {}, body } = {}) {
  const { port, hostname } = new URL(demo.link);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

test('the cookie is out of the reach of scripts and of other sites', async () => {
  await tab(demo, {}, async (page, context) => {
    assert.ok(!page.url().includes('token'), 'the token has left the URL');
    const [cookie, ...others] = await context.cookies();
    assert.deepEqual(others, []);
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.equal(await page.evaluate(() => document.cookie), '');
    assert.ok(!demo.link.includes(cookie.value), 'the cookie is not the token');
  });
});

test('nobody reads a page without the token', async () => {
  for (const path of ['/', '/entries/1', '/entries/1/raw', '/history', '/endpoints', '/refused', '/live', '/act?do=again', '/?token=wrong']) {
    const { statusCode } = await send(path);
    assert.ok([401, 403].includes(statusCode), `${path} ${statusCode}`);
  }
});

test('another host is refused, whatever the token', async () => {
  const { pathname, search, port } = new URL(demo.link);
  for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.evil.example`]) {
    const { statusCode } = await send(pathname + search, { headers: { host } });
    assert.ok([400, 403, 421].includes(statusCode), `${host} ${statusCode}`);
  }
});

test('a request without one name of a host is refused', async () => {
  const { pathname, search, port, hostname } = new URL(demo.link);
  for (const lines of ['', 'host:\r\n', 'host: \r\n', `host: ${hostname}\r\nhost: ${hostname}\r\n`]) {
    const answer = await new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), hostname, () =>
        socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines}connection: close\r\n\r\n`),
      );
      socket.setEncoding('utf8').on('data', (part) => (text += part)).once('end', () => resolve(text)).once('error', reject);
    });
    assert.match(answer, /^HTTP\/1\.1 (400|403|421) /, JSON.stringify(lines));
    assert.doesNotMatch(answer, /set-cookie/i);
  }
});

test('a form of another site acts on nothing', async () => {
  await tab(demo, { expects: [/./] }, async (page, context) => {
    const [{ name, value }] = await context.cookies();
    await page.goto(demo.at('/act?do=cancel&state=available'));
    const form = await page.locator('form.act').evaluate((form) => new URLSearchParams(new FormData(form)).toString());
    const headers = { cookie: `${name}=${value}`, 'content-type': 'application/x-www-form-urlencoded' };
    const act = (more, body = form + 'x') => send('/act', { method: 'POST', headers: { ...headers, ...more }, body });
    const origin = new URL(demo.link).origin;
    const rows = [
      [{ origin: 'https://evil.example' }, form],
      [{ origin: 'null' }, form],
      [{ origin, 'sec-fetch-site': 'cross-site' }, form],
      [{ origin }, form.replace(/csrf=[^&]+/, 'csrf=wrong').replace(/token=[^&]+/, 'token=wrong')],
      [{ origin }, form.replace(/(csrf|token)=[^&]+&?/g, '')],
      [{ origin, cookie: '' }, form],
    ];
    for (const [more, body] of rows) {
      const { statusCode } = await act(more, body);
      assert.ok([400, 401, 403].includes(statusCode), `${JSON.stringify(more)} ${statusCode}`);
    }
    // The same form from a page of another site in the same browser: the cookie stays away.
    await page.route('https://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method=post action="${demo.at('/act')}">${[...new URLSearchParams(form)].map(([key, text]) => `<input name="${key}" value="${text}">`).join('')}</form>`,
      }),
    );
    await page.goto('https://evil.example/');
    const [answer] = await Promise.all([page.waitForResponse(/\/act$/), page.evaluate(() => document.forms[0].submit())]);
    assert.ok([401, 403].includes(answer.status()), String(answer.status()));
    await page.waitForURL(/\/act$/);
    await page.goto(demo.at('/history'));
    assert.doesNotMatch(await page.locator('main').innerText(), /cancelled\b.*dana/);
  });
});

test('the page is in no frame, and runs no script of its own text', async () => {
  const { headers } = await send('/');
  const policy = headers['content-security-policy'];
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"]) assert.ok(policy.includes(part), policy);
  assert.doesNotMatch(policy, /unsafe|\*|data:/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(headers['cache-control'], /no-store/);
  assert.equal(headers['referrer-policy'], 'same-origin');
  await tab(demo, { expects: [/Content Security Policy/, /404/] }, async (page) => {
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="globalThis.ran = true">'));
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  });
});

test('a read-only page offers no action and takes none', async () => {
  const readOnly = await Demo.start('--entries', '60', '--read-only');
  try {
    await tab(readOnly, { expects: [/403/] }, async (page) => {
      assert.equal(await page.locator('main a[href*="/act"]').count(), 0);
      await page.locator('tbody a').first().click();
      assert.equal(await page.locator('main a[href*="/act"]').count(), 0);
      const answer = await page.goto(readOnly.at('/act?do=again&state=discarded'));
      assert.equal(answer.status(), 403);
    });
  } finally {
    await readOnly.stop();
  }
});

test('an empty inbox shows the command that fills it', async () => {
  const empty = await Demo.start('--empty');
  try {
    await tab(empty, {}, async (page) => {
      assert.match(await page.locator('main').innerText(), /refhook send /);
    });
  } finally {
    await empty.stop();
  }
});
