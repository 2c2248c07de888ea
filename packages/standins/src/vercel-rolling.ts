import { field, numberField, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';
import { route, type Route } from './routes.ts';

type Stage = {
  readonly targetPercentage: number;
  readonly requireApproval: boolean;
};

type Release = {
  state: 'ACTIVE' | 'COMPLETE' | 'ABORTED';
  readonly canary: string;
  readonly stages: readonly Stage[];
  index: number;
};

/** The rolling releases of the project, and what tests may look at. */
export type VercelRolling = {
  /** As the project's answer has them; null: not enabled. */
  readonly settings: { readonly target: string; readonly stages: readonly Stage[] } | null;
  /** Percent and deployment, one after the other. */
  readonly traffic: readonly string[];
  readonly routes: readonly Route[];
  /** A promotion where there are rolling releases; undefined: there are none. */
  promote(id: string): Reply | undefined;
};

type RollingOptions = {
  readonly project: string;
  has(deployment: string): boolean;
  /** The production domains point at it from now on. */
  serve(deployment: string): void;
};

const problem = (status: number, message: string): Reply =>
  json(status, { error: { code: 'bad_request', message } });
const NOT_FOUND = problem(404, 'The requested resource was not found.');
const NO_CANARY = problem(400, 'That is not the canary of an active rolling release.');

/**
 * Vercel's rolling releases as its documentation describes them: settings are a template for the next release, a start
 * of the release that is active changes nothing, a promotion of its deployment completes it, one of another waits, and
 * a rollback ends it.
 */
export function vercelRolling(options: RollingOptions): VercelRolling {
  const rolling = new RollingProject(options);
  const base = `/v1/projects/${options.project}/rolling-release`;
  const canaryOf = ({ json: body }: Call) => textField(body, 'canaryDeploymentId') ?? '';
  const back = `/v9/projects/${options.project}/rollback/{id}`;
  rolling.routes.push(
    route('GET', base, () => rolling.answer()),
    route('POST', `${base}/start`, (call) => rolling.start(canaryOf(call))),
    route('POST', `${base}/approve-stage`, (call) => {
      const from = numberField(call.json, 'activeStageIndex') ?? -1;
      const to = numberField(call.json, 'nextStageIndex');
      return to === from + 1 ? rolling.approve(canaryOf(call), from) : NO_CANARY;
    }),
    route('POST', `${base}/complete`, (call) => rolling.complete(canaryOf(call))),
    route('POST', back, ({ params }) => rolling.rollBack(params['id'] ?? '')),
    route('PATCH', `${base}/config`, (call) => rolling.configure(call.json)),
  );
  return rolling;
}

class RollingProject implements VercelRolling {
  settings: VercelRolling['settings'] = null;
  readonly traffic: string[] = [];
  readonly routes: Route[] = [];
  readonly #options: RollingOptions;
  #release: Release | null = null;

  constructor(options: RollingOptions) {
    this.#options = options;
  }

  answer(): Reply {
    return json(200, { rollingRelease: this.#release === null ? null : describe(this.#release) });
  }

  configure(body: unknown): Reply {
    this.settings = configured(body);
    return json(200, { rollingRelease: this.settings });
  }

  start(id: string): Reply {
    if (!this.#options.has(id)) return NOT_FOUND;
    if (this.#active(id) !== undefined) return this.answer();
    if (this.#release?.state === 'ACTIVE') return problem(409, 'Another rolling release is active.');
    if (this.settings === null) return problem(400, 'Rolling releases are not enabled for this project.');
    this.#release = { state: 'ACTIVE', canary: id, stages: this.settings.stages, index: 0 };
    return this.#give(this.settings.stages[0]?.targetPercentage, id);
  }

  approve(id: string, stage: number): Reply {
    const now = this.#active(id);
    if (now?.index !== stage) return NO_CANARY;
    now.index += 1;
    return this.#give(now.stages[now.index]?.targetPercentage, id);
  }

  complete(id: string): Reply {
    const now = this.#active(id);
    if (now === undefined) return NO_CANARY;
    now.state = 'COMPLETE';
    return this.#give(100, id);
  }

  rollBack(id: string): Reply {
    if (!this.#options.has(id)) return NOT_FOUND;
    if (this.#release?.state === 'ACTIVE') this.#release.state = 'ABORTED';
    return this.#give(100, id);
  }

  promote(id: string): Reply | undefined {
    if (this.settings === null) return undefined;
    if (this.#active(id) !== undefined) return this.complete(id);
    return this.#release?.state === 'ACTIVE' ? json(202, {}) : this.start(id);
  }

  #active(id: string): Release | undefined {
    const release = this.#release;
    return release?.state === 'ACTIVE' && release.canary === id ? release : undefined;
  }

  #give(percent: number | undefined, id: string): Reply {
    this.traffic.push(`${percent ?? 100} ${id}`);
    if ((percent ?? 100) === 100) this.#options.serve(id);
    return this.answer();
  }
}

/** Each stage says itself whether somebody must approve it; the last is everybody. */
function configured(body: unknown): VercelRolling['settings'] {
  if (field(body, 'enabled') !== true) return null;
  const stages = field(body, 'stages');
  const isManual = textField(body, 'advancementType') === 'manual-approval';
  return {
    target: 'production',
    stages: (Array.isArray(stages) ? stages : []).map((stage: unknown) => {
      const targetPercentage = numberField(stage, 'targetPercentage') ?? 100;
      return { targetPercentage, requireApproval: isManual && targetPercentage < 100 };
    }),
  };
}

function describe({ state, canary, stages, index }: Release) {
  const all = stages.map((stage, at) => ({
    index: at,
    isFinalStage: at === stages.length - 1,
    duration: null,
    ...stage,
  }));
  const isActive = state === 'ACTIVE';
  return {
    state,
    canaryDeployment: { id: canary, target: 'production', readyState: 'READY' },
    stages: all,
    activeStage: isActive ? all[index] : null,
    nextStage: isActive ? (all[index + 1] ?? null) : null,
  };
}
