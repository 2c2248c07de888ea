import { z } from 'zod';

import { rollingSettings } from './vercel-rolling.ts';
import type { RollingSettings } from './vercel-rolling.ts';

const projectSchema = z.looseObject({
  targets: z
    .looseObject({
      production: z.looseObject({ id: z.string(), alias: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
  lastAliasRequest: z.looseObject({ jobStatus: z.string().nullish() }).nullish(),
  rollingRelease: rollingSettings.nullish(),
});

const deploymentSchema = z.looseObject({ id: z.string(), readyState: z.string(), url: z.string() });

const linkSchema = z.looseObject({ projectId: z.string(), orgId: z.string() });

/** What a project's answer tells of its production. */
export interface ProductionPlace {
  /** A domain that points at production, or, without one, the id of its deployment; empty: there is no production yet. */
  readonly name: string;
  /** A promotion or rollback that was asked for is under way. */
  readonly isMoving: boolean;
  /** Undefined: a promotion gets all traffic at once. */
  readonly rolling: RollingSettings | undefined;
}

/** Reads Vercel's answer about a project (GET /v9/projects). @throws Error where it is no such answer */
export function parseProject(text: string): ProductionPlace {
  const { targets, lastAliasRequest, rollingRelease } = projectSchema.parse(JSON.parse(text));
  const production = targets?.production;
  const status = lastAliasRequest?.jobStatus ?? '';
  return {
    name: production?.alias?.[0] ?? production?.id ?? '',
    isMoving: /^(pending|in-progress)$/.test(status),
    rolling: rollingRelease ?? undefined,
  };
}

export interface VercelDeployment {
  readonly id: string;
  /** `https://...` */
  readonly url: string;
  /** READY, ERROR, CANCELED, BUILDING, ... */
  readonly readyState: string;
}

/** Reads Vercel's answer about a deployment (GET /v13/deployments). @throws Error where it is none */
export function parseDeployment(text: string): VercelDeployment {
  const { id, readyState, url } = deploymentSchema.parse(JSON.parse(text));
  return { id, readyState, url: `https://${url}` };
}

/** @returns the host of the new deployment that `vercel deploy` prints, or undefined. */
export const deployedHost = (stdout: string): string | undefined =>
  /https:\/\/([a-z0-9.-]+)\s*$/i.exec(stdout)?.[1];

/** Reads `.vercel/project.json`. @returns undefined where it is no link */
export function parseLink(text: string): { readonly project: string; readonly team: string } | undefined {
  try {
    const { projectId, orgId } = linkSchema.parse(JSON.parse(text));
    return { project: projectId, team: orgId };
  } catch {
    return undefined;
  }
}
