import { field, isObject, textField } from './json-field.ts';
import { text, type Call, type Reply } from './reply.ts';
import { publicRoute } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** One incoming webhook of Slack's; its address is `url + path`, and the whole of it is the credential. */
export type SlackOptions = ListenOptions & {
  /** `/services/T.../B.../...`. */
  readonly path: string;
};

/**
 * Slack's incoming webhooks: `ok` for a message that Slack would show, and its own short words for one that it
 * refuses (docs.slack.dev, "Sending messages using incoming webhooks", "Block Kit").
 */
export async function startSlack(options: SlackOptions): Promise<Standin> {
  return startStandin(
    {
      name: 'Slack',
      routes: [
        publicRoute('POST', '/services/{team}/{app}/{token}', (call) =>
          call.path === options.path ? accept(call) : text(404, 'no_service'),
        ),
      ],
      authorize: () => undefined,
      error: ({ status, retryAfterSeconds }) => ({
        ...text(status, status === 404 ? 'no_service' : 'rollup_error'),
        ...(status === 429 ? { headers: { 'retry-after': String(retryAfterSeconds) } } : {}),
      }),
      named: {},
    },
    options,
  );
}

const MOST_BLOCKS = 50;
/** Characters of a `header`, of a `section`'s text and of an element of a `context`. */
const LONGEST: Readonly<Record<string, number>> = { header: 150, section: 3_000, context: 3_000 };

function accept({ json }: Call): Reply {
  if (!isObject(json)) return text(400, 'invalid_payload');
  const blocks = field(json, 'blocks') ?? [];
  if ((textField(json, 'text') ?? '') === '') return text(400, 'no_text');
  const all: readonly unknown[] = Array.isArray(blocks) ? blocks : [undefined];
  return all.length <= MOST_BLOCKS && all.every(isBlock) ? text(200, 'ok') : text(400, 'invalid_blocks');
}

function isBlock(block: unknown): boolean {
  const type = textField(block, 'type') ?? '';
  const elements = field(block, 'elements');
  const parts: readonly unknown[] = Array.isArray(elements) ? elements : [];
  if (type === 'actions') return parts.length > 0 && parts.every(isButton);
  const limit = LONGEST[type];
  if (limit === undefined) return false;
  const texts = type === 'context' ? parts : [field(block, 'text')];
  return texts.length > 0 && texts.every((one) => isText(one, limit, type === 'header'));
}

const isButton = (element: unknown) =>
  textField(element, 'type') === 'button' &&
  isText(field(element, 'text'), 75, true) &&
  URL.canParse(textField(element, 'url') ?? '');

function isText(value: unknown, limit: number, plainOnly: boolean): boolean {
  const type = textField(value, 'type');
  const length = textField(value, 'text')?.length ?? 0;
  return length > 0 && length <= limit && (type === 'plain_text' || (type === 'mrkdwn' && !plainOnly));
}
