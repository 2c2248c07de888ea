// A headless Chromium over its DevTools protocol, without a library: Node has a WebSocket.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian's package, and what other systems call theirs. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];
const START_TIMEOUT_MS = 20_000;

export const findChromium = () => PROGRAMS.find((program) => existsSync(program));

async function portOf(profile) {
  const file = join(profile, 'DevToolsActivePort');
  for (const endMs = Date.now() + START_TIMEOUT_MS; Date.now() < endMs; await sleep(50)) {
    const [port, path] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (path) return `ws://127.0.0.1:${port}${path}`;
  }
  throw new Error('Chromium did not start within 20 s');
}

/** Sends commands, and resolves with their results by id. */
async function connect(url) {
  const socket = new WebSocket(url);
  await new Promise((open, fail) => {
    socket.onopen = open;
    socket.onerror = () => fail(new Error(`no connection to ${url}`));
  });
  const waiting = new Map();
  const listeners = new Set();
  let id = 0;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id === undefined) for (const listener of listeners) listener(message);
    const { resolve, reject } = waiting.get(message.id) ?? {};
    if (message.error) reject?.(new Error(message.error.message));
    else resolve?.(message.result);
    waiting.delete(message.id);
  };
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  return { send, listeners, close: () => socket.close() };
}

/** Runs `use` with an empty page; the browser and its profile are gone afterwards. `env` is added to the environment. */
export async function withPage(use, env = {}) {
  const program = findChromium();
  if (program === undefined) throw new Error('there is no Chromium: apt-get install chromium');
  const profile = mkdtempSync(join(tmpdir(), 'sophia-chromium-'));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const { send, listeners, close } = await connect(await portOf(profile));
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const page = (method, params) => send(method, params, sessionId);
    await page('Page.enable');
    try {
      return await use({ send: page, once: (method) => once(listeners, method) });
    } finally {
      close();
    }
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function once(listeners, method) {
  return new Promise((resolve) => {
    const listener = (message) => {
      if (message.method !== method) return;
      listeners.delete(listener);
      resolve(message.params);
    };
    listeners.add(listener);
  });
}

/** Opens an address at a width and colour scheme, and waits until it is painted. */
export async function open(page, { url, width, scheme, scale = 1 }) {
  await page.send('Emulation.setDeviceMetricsOverride', {
    width,
    height: 900,
    deviceScaleFactor: scale,
    mobile: width < 500,
  });
  await page.send('Emulation.setEmulatedMedia', {
    media: 'screen',
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  });
  const loaded = page.once('Page.loadEventFired');
  await page.send('Page.navigate', { url });
  await loaded;
}

/** @returns a PNG of the page, at most `maxHeight` pixels of it. */
export async function capture(page, { width, maxHeight = 20_000 }) {
  const { cssContentSize } = await page.send('Page.getLayoutMetrics');
  const clip = { x: 0, y: 0, width, height: Math.min(cssContentSize.height, maxHeight), scale: 1 };
  const { data } = await page.send('Page.captureScreenshot', {
    format: 'png',
    captureBeyondViewport: true,
    clip,
  });
  return Buffer.from(data, 'base64');
}

/** @returns the value of an expression in the page. */
export async function evaluate(page, expression) {
  const { result, exceptionDetails } = await page.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}
