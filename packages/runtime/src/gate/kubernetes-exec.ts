import type { Fault } from '@sophia/core/gate/outcome';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { runProgram } from '../ports/processes.ts';
import { childVariables } from './child-variables.ts';
import type { Cluster, ExecPlugin } from './kubeconfig.ts';
import type { ProbeContext } from './probe.ts';

const LONGEST_SHOWN = 160;
const SLACK_MS = 1_000;

const refused = (message: string, hint: string): Fault => ({ category: 'unauthorized', message, hint });

/**
 * Runs the program that a kubeconfig signs in with, in a minimal environment: what it prints is registered as a secret
 * before anything is done with it. The program comes from a file of the workspace, so the workspace must be trusted.
 *
 * @returns the cluster with the token or the client certificate that the program gave
 * @throws SophiaError `trust` in a workspace that may be anybody's
 */
export async function signIn(
  cluster: Cluster,
  { words, env, apiVersion }: ExecPlugin,
  context: ProbeContext,
): Promise<Cluster | Fault> {
  const { session, signal, timeoutMs } = context;
  await requireTrustedWorkspace(session);
  const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
  const { exitCode, stdout, stderr } = await runProgram({
    words,
    directory: session.directory,
    variables: {
      ...childVariables(context, { env, secrets: [] }),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
    timeoutMs: timeoutMs + SLACK_MS,
    signal,
  });
  if (exitCode !== 0) {
    const line = stderr.trim().split('\n').at(-1) ?? '';
    const said = session.host.redaction.redact(line).slice(0, LONGEST_SHOWN);
    const hint = `run \`${words[0]}\` by hand; it sees PATH, HOME and the env of the kubeconfig, and nothing else of the job`;
    return refused(`${words[0]}, which signs in, ended with exit code ${exitCode}: ${said}`, hint);
  }
  const { token, clientCertificateData, clientKeyData } = statusOf(stdout);
  for (const secret of [token, clientKeyData]) session.host.redaction.add(secret ?? '');
  if (token === undefined && (clientCertificateData === undefined || clientKeyData === undefined))
    return refused(`${words[0]}, which signs in, gave neither token nor certificate`, 'run it by hand');
  return {
    ...cluster,
    token: token ?? cluster.token,
    cert: clientCertificateData === undefined ? cluster.cert : { pem: clientCertificateData },
    key: clientKeyData === undefined ? cluster.key : { pem: clientKeyData },
  };
}

type Status = Partial<Record<'token' | 'clientCertificateData' | 'clientKeyData', string>>;

function statusOf(output: string): Status {
  let document: unknown;
  try {
    document = JSON.parse(output);
  } catch {
    return {};
  }
  const { status } = (document ?? {}) as { status?: Record<string, unknown> };
  const names = ['token', 'clientCertificateData', 'clientKeyData'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = status?.[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    }),
  );
}
