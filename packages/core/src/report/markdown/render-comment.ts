import { formatDuration } from '../../duration.ts';
import { renderDigest, wilsonLowerBound } from '../pipeline/digest.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { SIGNS } from '../verdict-words.ts';
import { assemble, fixed, sizeOf } from './blocks.ts';
import type { Block } from './blocks.ts';
import { codeSpan, inlineMarkdown } from './inline.ts';
import { renderMarker } from './marker.ts';
import { listedBlock, overview, problemList, timelineBlocks } from './sections.ts';

/** GitHub takes 65,536 characters; the rest is room for what it adds itself. */
export const COMMENT_BUDGET = 60_000;
/** A step's summary may have 1 MiB, but nobody reads that. */
const SUMMARY_BUDGET = 250_000;
const LONGEST_MESSAGE = 10_000;
/** Kept free for the last line, whose text depends on what was dropped. */
const FOOTER_ROOM = 600;

/** What a comment says beside the pipeline. */
export interface CommentParts {
  readonly pipeline: Pipeline;
  /** Which sticky comment: `[A-Za-z0-9._-]{1,64}`. */
  readonly key: string;
  /** Bytes. Default: {@link COMMENT_BUDGET}. */
  readonly budget?: number;
}

const isBlock = (block: Block | undefined): block is Block => block !== undefined;

function context({ run, environment, durationMs }: Pipeline): string {
  const number = run.attempt > 1 ? `${run.runId}.${run.attempt}` : String(run.runId);
  const parts = [
    run.url === '' ? '' : `[run ${number}](${run.url})`,
    run.sha === '' ? '' : codeSpan(run.sha.slice(0, 7)),
    inlineMarkdown(environment),
    durationMs > 0 ? formatDuration(durationMs) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** How long the last runs were green; one run is no rate. */
function rollingRate({ history }: Pipeline['digest']): string {
  if (history.length < 2) return '';
  const passed = [...history].filter((verdict) => verdict !== 'f').length;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const rate = `${percent(passed / history.length)} (${passed}/${history.length}`;
  return `passed ${rate}; Wilson lower bound ${percent(wilsonLowerBound(passed, history.length))})`;
}

function footer(pipeline: Pipeline, dropped: number): string {
  const parts = [
    dropped > 0 ? `shortened: ${dropped} rows are only in the HTML report, an artifact of the run` : '',
    rollingRate(pipeline.digest),
    pipeline.deploymentId === '' ? '' : `deployment ${codeSpan(pipeline.deploymentId)}`,
  ];
  const line = parts.filter((part) => part !== '').join(' · ');
  return line === '' ? '' : `<sub>${line}</sub>\n`;
}

function blocksOf(pipeline: Pipeline): readonly Block[] {
  const { verdict, headline, fix, message } = pipeline;
  const facts = context(pipeline);
  return [
    ...(message.trim() === '' ? [] : [fixed(message.trim().slice(0, LONGEST_MESSAGE))]),
    fixed(`### ${SIGNS[verdict]} ${inlineMarkdown(headline)}${facts === '' ? '' : `\n\n${facts}`}`),
    ...(fix === ''
      ? []
      : [fixed(`**${verdict === 'failure' ? 'Fix' : 'Look at'}:** ${inlineMarkdown(fix, 600)}`)]),
    overview(pipeline),
    problemList(pipeline, 'failure'),
    problemList(pipeline, 'warning'),
    ...timelineBlocks(`Timeline (${formatDuration(pipeline.durationMs)})`, pipeline.timeline),
    listedBlock(pipeline),
  ].filter(isBlock);
}

function document(pipeline: Pipeline, budget: number): string {
  const { text, dropped } = assemble(blocksOf(pipeline), budget - FOOTER_ROOM);
  const last = footer(pipeline, dropped);
  return last === '' ? text : `${text}\n${last}`;
}

/** @returns the comment: the hidden marker first, then what the next run compares with, then what people read. */
export function renderComment({ pipeline, key, budget = COMMENT_BUDGET }: CommentParts): string {
  const { runId, attempt } = pipeline.run;
  const hidden = `${renderMarker({ key, runId, attempt })}\n${renderDigest(pipeline.digest)}\n`;
  return hidden + document(pipeline, budget - sizeOf(hidden));
}

/** @returns the step summary of the whole pipeline: the comment's content, with more room and nothing hidden. */
export const renderPipelineSummary = (pipeline: Pipeline): string => document(pipeline, SUMMARY_BUDGET);
