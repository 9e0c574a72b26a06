// The program that serves the page on an inbox of samples, as a process.

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUILT = fileURLToPath(new URL('../../../target/debug/examples/inspector-demo', import.meta.url));
const PROGRAM = process.env.INSPECTOR_DEMO ?? BUILT;

export class Demo {
  #process;
  #options;
  #port = '0';
  #token = randomBytes(24).toString('hex');

  // Starts the program with these options.
  static async start(...options) {
    const demo = new Demo();
    demo.folder = await mkdtemp(join(tmpdir(), 'page-'));
    demo.#options = options;
    await demo.start();
    return demo;
  }

  get #file() {
    return join(this.folder, 'inbox.db');
  }

  // Starts the program on the same inbox, port and token as before.
  async start() {
    const options = ['--db', this.#file, '--port', this.#port, '--token', this.#token, ...this.#options];
    this.#process = spawn(PROGRAM, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve, reject) => this.#process.once('exit', resolve).once('error', reject));
    this.link = await new Promise((resolve, reject) => {
      createInterface({ input: this.#process.stdout }).once('line', resolve);
      this.ended.then((code) => reject(new Error(`the program ended with ${code}`)), reject);
    });
    this.#port = new URL(this.link).port;
  }

  // Returns the URL of a path of the page.
  at(path) {
    return new URL(path, this.link).href;
  }

  // Stores further deliveries, by a second process.
  async deliver(number = 1) {
    await promisify(execFile)(PROGRAM, ['--db', this.#file, '--add', String(number)]);
  }

  async kill() {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
