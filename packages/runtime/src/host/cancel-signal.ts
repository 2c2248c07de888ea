/**
 * @returns a signal that is aborted by the first SIGINT or SIGTERM. The runner cancels with SIGINT, 7.5 s later
 *   SIGTERM, 2.5 s later SIGKILL (notes of the runner); a second SIGINT at a terminal ends the process at once.
 */
export function cancelSignal(): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  const cancel = () => {
    asked += 1;
    if (asked === 1) controller.abort(new Error('cancelled'));
    else if (process.stdout.isTTY) process.exit(130);
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  return controller.signal;
}
