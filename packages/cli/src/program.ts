import { Command } from 'commander';

import { definition as deployPhase } from '@sophia/deploy-phase/definition';
import { definition as escSetup } from '@sophia/esc-setup/definition';
import { definition as healthGate } from '@sophia/health-gate/definition';
import { definition as mcpOrchestrate } from '@sophia/mcp-orchestrate/definition';
import { definition as prReport } from '@sophia/pr-report/definition';

import { initCommand } from './init-command.ts';
import { logsCommand } from './logs-command.ts';
import { journalCommand } from './journal-command.ts';
import { renderCommand } from './render-command.ts';
import { useCaseCommand } from './use-case-command.ts';
import { typedAs } from './words.ts';
import { workflowCommand } from './workflow-command.ts';

const loadFleet = async () => (await import('@sophia/runtime/fleet/run-orchestrate')).runOrchestrate;
const loadDeploy = async () => (await import('@sophia/runtime/deploy/run-deploy')).runDeploy;

/** Where pr-report writes its page; its code is loaded only when it runs. */
const PAGE_FILE = 'report/index.html';

/** Inputs that a mode does not read. */
const MEANINGLESS: Readonly<Record<string, readonly string[]>> = {
  start: ['write'],
  restart: ['write'],
  status: ['write', 'max-lifetime', 'dry-run'],
  stop: ['write', 'max-lifetime', 'servers'],
  validate: ['write', 'max-lifetime', 'dry-run'],
  standardise: ['max-lifetime'],
};

function mcpCommand(): Command {
  const mcp = new Command('mcp').description('the fleet of MCP servers');
  const common = { definition: mcpOrchestrate, load: loadFleet };
  const mode = (name: string, description: string, fixed: Readonly<Record<string, string>>) => {
    // Only looking can be done again and again.
    const watchable = fixed['mode'] === 'status';
    const without = MEANINGLESS[fixed['mode'] ?? ''] ?? [];
    mcp.addCommand(useCaseCommand({ ...common, name, description, fixed, without, watchable }));
  };
  mode('start', 'start the fleet, prove each server healthy, and keep it so', { mode: 'start' });
  mode('status', 'the state of each server', { mode: 'status' });
  mode('stop', 'stop the fleet, in reverse order', { mode: 'stop' });
  mode('restart', 'restart servers', { mode: 'restart' });
  mode('plan', 'print what `start` would do', { mode: 'start', 'dry-run': 'true' });
  mode('validate', 'compare registry, configuration and this machine', { mode: 'validate' });
  mode('standardise', 'propose corrections of registry and configuration', { mode: 'standardise' });
  mcp.addCommand(logsCommand());
  mcp.addCommand(renderCommand());
  return mcp;
}

/** A terminal has no token of GitHub. */
const DEPLOY_WORDS = {
  journal:
    'Where the journal is kept, in place of what the configuration says. Only `file` is within reach of a terminal.',
};

function useCases(): readonly Command[] {
  return [
    useCaseCommand({
      name: 'secrets',
      description: 'prove that every secret is there; values are never shown',
      definition: escSetup,
      load: async () => (await import('@sophia/runtime/secrets/run-esc-setup')).runEscSetup,
      fixed: { export: 'none' },
    }),
    useCaseCommand({
      name: 'gate',
      description: 'ask every service with a real call, and judge the answers',
      definition: healthGate,
      load: async () => (await import('@sophia/runtime/gate/run-health-gate')).runHealthGate,
      words: {
        history: 'A folder of reports of earlier runs, for baselines and the rolling rate, or `none`.',
      },
      watchable: true,
      instead: {
        option: 'replay',
        description: 'judge this old report again, offline',
        run: async (path, json) => (await import('./replay.ts')).replay(path, json),
      },
    }),
    useCaseCommand({
      name: 'deploy',
      description: 'run a deployment, journaled and reversible',
      definition: deployPhase,
      load: loadDeploy,
      words: DEPLOY_WORDS,
    }),
    useCaseCommand({
      name: 'rollback',
      description: 'undo an unfinished or failed deployment, or go back to an earlier one',
      definition: deployPhase,
      load: loadDeploy,
      fixed: { phase: 'rollback' },
      without: ['rollback', 'resume', 'plan-hash'],
      words: {
        ...DEPLOY_WORDS,
        to: 'Go back to the state after this finished deployment, or `previous` for the one before the last.',
      },
    }),
  ];
}

function reportCommands(): readonly Command[] {
  const common = {
    definition: prReport,
    load: async () => (await import('@sophia/runtime/report/run-pr-report')).runPrReport,
    fixed: { comment: 'never', 'download-artifacts': 'false' },
    // A report is made of what is there: no configuration is read, and the reports name their deployment.
    without: ['config', 'deployment-id'],
    words: {
      history: 'A folder where runs are remembered, for the dashboard, with one small file a run; or `none`.',
      environment: 'The environment of the page. Default: what the reports say.',
      'fail-on': 'Whether a red verdict is exit code 1.',
    },
  };
  return [
    useCaseCommand({
      ...common,
      name: 'dashboard',
      description: 'pages over the history of deployments in a folder',
      defaults: { history: 'history', dashboard: 'dashboard' },
      page: ({ 'dashboard-path': path = '' }) => path,
    }),
    useCaseCommand({
      ...common,
      name: 'report',
      description: 'render the reports of this folder as a page',
      page: () => PAGE_FILE,
    }),
  ];
}

/** @returns the whole command line of `sophia` (contract, section 7). */
export function program(version: string): Command {
  const sophia = new Command('sophia')
    .description(
      'From secrets to a verified, reversible deployment: the actions of sophia-actions at a terminal.',
    )
    .version(version);
  const groups = [mcpCommand(), journalCommand(), workflowCommand(), initCommand()];
  for (const command of [...useCases(), ...reportCommands(), ...groups]) sophia.addCommand(command);
  settle(sophia);
  return sophia;
}

/** Every command throws instead of ending the process: only `main` decides on exit codes. */
function settle(command: Command): void {
  command.exitOverride().showHelpAfterError(`(\`${typedAs(command)} --help\` shows what there is)`);
  command.commands.forEach(settle);
}
