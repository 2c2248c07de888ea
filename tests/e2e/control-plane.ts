import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { selfSignedCertificate } from '@sophia/standins/certificate';

import { toolPath } from './conformance-tool.ts';
import { freePorts } from './free-ports.ts';

/** What a control plane is made of. */
export const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;

/** Tokens that the API server knows: one may do everything, the other nothing. */
export const ADMIN = 'fake-admin-token-5e5e5e';
export const NOBODY = 'fake-nobody-token-6f6f6f';

/** An answer of the API server, parsed. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A Kubernetes without machines: etcd, the API server and its controllers, on ports of 127.0.0.1. */
export interface ControlPlane {
  /** Holds what programs need in PATH, and their logs. */
  readonly directory: string;
  /** Writes a kubeconfig for this token and returns its path. */
  kubeconfig(token: string): Promise<string>;
  /** Asks the API server as the admin. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Starts another program beside, with the admin's kubeconfig in its environment; it ends with the control plane. */
  start(name: string, args: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** @returns a control plane that answers; within two minutes. @throws Error with the end of the logs where it does not */
export async function startControlPlane(): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'sophia-cluster-'));
  const path = (name: string) => join(directory, name);
  const [etcdPort = 0, peerPort = 0, port = 0] = await freePorts(3);
  const tls = selfSignedCertificate();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(path('tls.crt'), tls.cert);
  await writeFile(path('tls.key'), tls.key);
  await writeFile(path('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(path('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(path('tokens.csv'), `${ADMIN},admin,1,system:masters\n${NOBODY},nobody,2\n`);
  const children: ChildProcess[] = [];
  const ask: ControlPlane['ask'] = (method, where, body) =>
    askServer({ port, ca: tls.cert, method, where, body });
  const plane: ControlPlane = {
    directory,
    ask,
    async kubeconfig(token) {
      const file = path(`kubeconfig-${token}`);
      await writeFile(file, kubeconfigFor(`https://127.0.0.1:${port}`, path('tls.crt'), token));
      return file;
    },
    async start(name, args) {
      const child = spawn(toolPath(name), args, {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: await plane.kubeconfig(ADMIN) },
      });
      const log = createWriteStream(path(`${name}.log`));
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      children.push(child);
    },
    async close() {
      await Promise.all(children.splice(0).reverse().map(end));
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await plane.start('etcd', etcdArgs({ data: path('etcd'), port: etcdPort, peerPort }));
  await plane.start('kube-apiserver', apiServerArgs({ path, port, etcdPort }));
  await untilReady(plane);
  await plane.start('kube-controller-manager', controllerArgs(await plane.kubeconfig(ADMIN)));
  await symlink(toolPath('kubectl'), path('kubectl'));
  return plane;
}

const etcdArgs = (of: { data: string; port: number; peerPort: number }) => [
  `--data-dir=${of.data}`,
  `--listen-client-urls=http://127.0.0.1:${of.port}`,
  `--advertise-client-urls=http://127.0.0.1:${of.port}`,
  `--listen-peer-urls=http://127.0.0.1:${of.peerPort}`,
  '--unsafe-no-fsync',
];

/** Without machines there are no tokens to put into pods, so nothing is to wait for them (ServiceAccount). */
const apiServerArgs = (of: { path: (name: string) => string; port: number; etcdPort: number }) => [
  `--etcd-servers=http://127.0.0.1:${of.etcdPort}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${of.port}`,
  `--tls-cert-file=${of.path('tls.crt')}`,
  `--tls-private-key-file=${of.path('tls.key')}`,
  `--token-auth-file=${of.path('tokens.csv')}`,
  '--authorization-mode=RBAC',
  '--service-account-issuer=https://cluster.example',
  `--service-account-key-file=${of.path('sa.pub')}`,
  `--service-account-signing-key-file=${of.path('sa.key')}`,
  '--service-cluster-ip-range=10.96.0.0/16',
  '--endpoint-reconciler-type=none',
  '--disable-admission-plugins=ServiceAccount',
];

const CONTROLLERS = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'namespace',
  'garbage-collector',
];

const controllerArgs = (kubeconfig: string) => [
  `--kubeconfig=${kubeconfig}`,
  '--leader-elect=false',
  '--secure-port=0',
  `--controllers=${CONTROLLERS.map((name) => `${name}-controller`).join()}`,
];

const kubeconfigFor = (server: string, ca: string, token: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

interface Question {
  readonly port: number;
  readonly ca: string;
  readonly method: string;
  readonly where: string;
  readonly body: unknown;
}

function askServer({ port, ca, method, where, body }: Question): Promise<Answer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return new Promise((done, failed) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        ca,
        method,
        path: where,
        headers: { authorization: `Bearer ${ADMIN}`, 'content-type': type },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => done({ status: response.statusCode ?? 0, body: parsed(text) }));
        response.on('error', failed);
      },
    );
    call.on('error', failed);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function untilReady(plane: ControlPlane): Promise<void> {
  const endMs = Date.now() + 120_000;
  while (Date.now() < endMs) {
    const status = await plane.ask('GET', '/readyz').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const logs = ['etcd', 'kube-apiserver'].map((name) =>
    readFile(join(plane.directory, `${name}.log`), 'utf8'),
  );
  const ends = (await Promise.all(logs)).map((text) => text.slice(-2_000));
  await plane.close();
  throw new Error(`no control plane within two minutes:\n${ends.join('\n')}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.on('close', done));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}
