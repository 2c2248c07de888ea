import { expect, test } from '@jest/globals';

import { reportItem } from '../report/judge.ts';
import { oldReportOf } from './old-report.ts';

test('readers of the old file find its fields', () => {
  const items = [
    reportItem({
      name: 'secrets',
      kind: 'secrets',
      status: 'failure',
      details: { missing: ['openai_api_key', 'gong_access_token'] },
    }),
    reportItem({
      name: 'openai',
      kind: 'openai',
      status: 'failure',
      details: { missing: ['OPENAI_API_KEY'] },
    }),
    reportItem({ name: 'pulumi', kind: 'pulumi' }),
    reportItem({
      name: 'backend',
      kind: 'http',
      details: { url: 'http://h/health', httpStatus: 200, latencyMs: 12 },
    }),
    reportItem({
      name: 'web',
      kind: 'http',
      status: 'failure',
      message: 'refused',
      details: { target: 'http://w/' },
    }),
    reportItem({ name: 'one', kind: 'mcp', details: { target: 'http://127.0.0.1:9000/mcp' } }),
    reportItem({
      name: 'fleet',
      kind: 'fleet',
      status: 'failure',
      details: { servers: [{ name: 'linear', port: 9006, status: 'failure', message: 'crashed' }] },
    }),
  ];
  expect(oldReportOf(items)).toEqual({
    missing_secrets: ['openai_api_key', 'gong_access_token'],
    failed_services: ['secrets', 'openai', 'web', 'fleet'],
    esc_status: 'connected',
    health_checks: [
      { service: 'backend', url: 'http://h/health', status: 200, response_time_ms: 12 },
      { service: 'web', url: 'http://w/', error: 'refused' },
    ],
    mcp_servers: [
      { server: 'one', port: 9000, status: 'HEALTHY', healthy: true },
      { server: 'linear', port: 9006, error: 'crashed', healthy: false },
    ],
  });
});
