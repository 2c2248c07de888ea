import { json, text } from './reply.ts';
import { publicRoute } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** A provider's own word on its state (Statuspage v2, `/api/v2/summary.json`). */
export type StatuspageOptions = ListenOptions & {
  /** Default `none`: all systems operational. */
  readonly indicator?: 'none' | 'minor' | 'major' | 'critical' | 'maintenance';
  readonly pageName?: string;
  /** Names of unresolved incidents; `absent` leaves the field out, as status.openai.com does. Default none. */
  readonly incidents?: readonly string[] | 'absent';
};

const DESCRIPTIONS = {
  none: 'All Systems Operational',
  minor: 'Partially Degraded Service',
  major: 'Partial System Outage',
  critical: 'Major Service Outage',
  maintenance: 'Service Under Maintenance',
};

const UPDATED = '2026-01-01T00:00:00.000Z';

/** Starts a status page; it asks for no credentials. */
export async function startStatuspage(options: StatuspageOptions = {}): Promise<Standin> {
  return startStandin(
    {
      name: 'Statuspage',
      routes: [publicRoute('GET', '/api/v2/summary.json', () => json(200, summary(options)))],
      authorize: () => undefined,
      error: ({ status }) => text(status, `${status}`),
      named: {},
    },
    options,
  );
}

function summary({ indicator = 'none', pageName = 'Provider', incidents = [] }: StatuspageOptions): unknown {
  const page = { id: 'standin', name: pageName, url: 'https://status.example.com', time_zone: 'Etc/UTC' };
  const status = { indicator, description: DESCRIPTIONS[indicator] };
  const listed = incidents === 'absent' ? {} : { incidents: incidents.map(incident) };
  return {
    page: { ...page, updated_at: UPDATED },
    components: [{ id: 'api', name: 'API', status: indicator === 'none' ? 'operational' : 'partial_outage' }],
    ...listed,
    scheduled_maintenances: [],
    status,
  };
}

function incident(name: string, index: number): unknown {
  return {
    id: `incident-${index}`,
    name,
    status: 'investigating',
    impact: 'major',
    shortlink: `https://status.example.com/incidents/${index}`,
    created_at: UPDATED,
    updated_at: UPDATED,
    started_at: UPDATED,
    resolved_at: null,
    incident_updates: [],
    components: [],
  };
}
