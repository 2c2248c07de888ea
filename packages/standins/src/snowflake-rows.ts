/** A warehouse as `SHOW WAREHOUSES` lists it. */
export type SnowflakeWarehouse = {
  readonly name: string;
  readonly state: 'STARTED' | 'SUSPENDED';
  readonly autoResume: boolean;
};

/** A result as `/queries/v1/query-request` carries it: columns of text, rows of text. */
export type SnowflakeRows = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/**
 * Answers the statements that probes use: `select current_version()` (and a few more of its kind),
 * `select <number>`, `show warehouses [like '...']`. Undefined: the stand-in knows no such statement.
 */
export function runStatement(
  sql: string,
  about: {
    readonly version: string;
    readonly warehouses: readonly SnowflakeWarehouse[];
    readonly user: string;
  },
): SnowflakeRows | undefined {
  const statement = sql.trim().replace(/;$/, '').trim();
  const call =
    /^select\s+(current_(?:version|user|account|role|warehouse|database))\(\)(?:\s+as\s+(\w+))?$/i.exec(
      statement,
    );
  if (call !== null) {
    const name = (call[1] ?? '').toUpperCase();
    const value =
      name === 'CURRENT_VERSION'
        ? about.version
        : name === 'CURRENT_USER'
          ? about.user.toUpperCase()
          : 'STANDIN';
    return { columns: [call[2]?.toUpperCase() ?? `${name}()`], rows: [[value]] };
  }
  const number = /^select\s+(\d+)$/i.exec(statement)?.[1];
  if (number !== undefined) return { columns: [number], rows: [[number]] };
  const show = /^show\s+warehouses(?:\s+like\s+'([^']*)')?$/i.exec(statement);
  if (show === null) return undefined;
  const wanted = show[1]?.toUpperCase();
  const found = about.warehouses.filter(({ name }) => wanted === undefined || name.toUpperCase() === wanted);
  return {
    columns: ['name', 'state', 'type', 'size', 'auto_suspend', 'auto_resume'],
    rows: found.map(({ name, state, autoResume }) => [
      name,
      state,
      'STANDARD',
      'X-Small',
      '600',
      String(autoResume),
    ]),
  };
}
