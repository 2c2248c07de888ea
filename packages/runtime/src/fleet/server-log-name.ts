/** @returns a server's name as the name of a file: names may hold any character. */
export const logName = (name: string) => encodeURIComponent(name).replaceAll('.', '%2E').slice(0, 100);
