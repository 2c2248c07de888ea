import type { StepModel } from './model.ts';
import { parseSteps } from './parse-step.ts';
import type { Problem } from './problems.ts';
import { readFileTokens } from './schema.ts';
import type { TemplateToken } from './tokens.ts';
import { entriesOf, FileReport, isBasicExpression, literalText, refuseInserts, valueAt } from './tokens.ts';

/** An input of an action; its default may be an expression. */
export interface ActionInput {
  readonly name: string;
  readonly default: TemplateToken | undefined;
  readonly deprecation: string | undefined;
}

/** An action that Node runs; paths are relative to its folder. */
export interface NodeRuns {
  readonly kind: 'node';
  readonly main: string;
  readonly pre: string | undefined;
  readonly preCondition: string;
  readonly post: string | undefined;
  readonly postCondition: string;
}

/** An action made of steps. */
export interface CompositeRuns {
  readonly kind: 'composite';
  readonly steps: readonly StepModel[];
  readonly outputs: readonly { readonly name: string; readonly value: TemplateToken }[];
}

/** An `action.yml`. */
export interface ActionModel {
  readonly file: string;
  readonly name: string;
  readonly inputs: readonly ActionInput[];
  readonly runs: NodeRuns | CompositeRuns;
}

/** Versions that the given Node can run: actions are written for one of these two today. */
const NODE_VERSIONS = ['node20', 'node24'];

function parseInputs(token: TemplateToken | undefined): ActionInput[] {
  return entriesOf(token).map(({ key, value }) => ({
    name: key,
    default: valueAt(value, 'default'),
    deprecation: literalText(valueAt(value, 'deprecationMessage')),
  }));
}

/** `pre-if` and `post-if` stand as they are; absent they are `always()`. */
function parseStageCondition(token: TemplateToken | undefined): string {
  if (!token) return 'always()';
  return isBasicExpression(token) ? token.expression : (literalText(token) ?? 'always()');
}

function parseRuns(root: TemplateToken, report: FileReport): ActionModel['runs'] | undefined {
  const runs = valueAt(root, 'runs');
  const using = literalText(valueAt(runs, 'using'));
  if (!runs || using === undefined) return undefined; // the schema has complained
  if (using === 'composite') {
    const outputs = entriesOf(valueAt(root, 'outputs')).flatMap(({ key, value }) => {
      const text = valueAt(value, 'value');
      return text ? [{ name: key, value: text }] : [];
    });
    return { kind: 'composite', steps: parseSteps(valueAt(runs, 'steps'), report), outputs };
  }
  if (!NODE_VERSIONS.includes(using)) {
    report.refuse(runs, `actions that run on '${using}' are not supported locally`);
    return undefined;
  }
  return {
    kind: 'node',
    main: literalText(valueAt(runs, 'main')) ?? '',
    pre: literalText(valueAt(runs, 'pre')),
    preCondition: parseStageCondition(valueAt(runs, 'pre-if')),
    post: literalText(valueAt(runs, 'post')),
    postCondition: parseStageCondition(valueAt(runs, 'post-if')),
  };
}

/** Reads an `action.yml` against GitHub's schema. */
export function parseAction(
  file: string,
  text: string,
): { model?: ActionModel; problems: readonly Problem[] } {
  const { root, problems: refused } = readFileTokens('action-root-strict', file, text);
  if (!root) return { problems: refused };
  const report = new FileReport(file);
  refuseInserts(root, report);
  const runs = parseRuns(root, report);
  const problems = [...refused, ...report.problems];
  if (!runs) return { problems };
  const name = literalText(valueAt(root, 'name')) ?? file;
  return { model: { file, name, inputs: parseInputs(valueAt(root, 'inputs')), runs }, problems };
}
