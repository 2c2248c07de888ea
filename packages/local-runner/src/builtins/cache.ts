import type { Builtin } from './builtin.ts';

const inputs = {
  path: '',
  key: '',
  'restore-keys': '',
  'upload-chunk-size': '',
  enablecrossosarchive: '',
  'fail-on-cache-miss': '',
  'lookup-only': '',
  'save-always': '',
};

/** `actions/cache` and `actions/cache/restore`: always a miss, so that a run never depends on the one before. */
export const cacheRestore: Builtin = {
  name: 'actions/cache',
  inputs,
  run: (call) => {
    call.log(`Cache not found for input keys: ${call.input('key')}`);
    call.setOutput('cache-hit', 'false');
    call.setOutput('cache-primary-key', call.input('key'));
  },
};

/** `actions/cache/save`: nothing is kept. */
export const cacheSave: Builtin = {
  name: 'actions/cache/save',
  inputs,
  run: (call) => call.log('the cache is not kept locally'),
};
