import { readFileSync } from 'node:fs';
import { places } from './home.js';

/** A host that has said nothing for so long, in ms, is gone. */
const SILENT_MS = 5000;

function isAlive(pid) {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // it lives, as another user
  }
}

/** @returns {{pid: number, release: string} | undefined} the host that follows this folder now */
export function hostSeen() {
  try {
    const status = JSON.parse(readFileSync(places.hostStatus, 'utf8'));
    const speaks = Date.now() - Date.parse(status.seenAt) < SILENT_MS;
    return speaks && isAlive(status.pid) ? status : undefined;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
