// What time it is where the server is. The clock of this machine may be wrong; what was said has the server's times.

/** Less than this may be the way here. */
const TOLERANCE = 60_000;
let ahead = 0;

/** The server said just now what time it is. */
export function heard(time) {
  const gap = Date.now() - Date.parse(time);
  ahead = Math.abs(gap) > TOLERANCE ? gap : 0;
}

/** Return the time in milliseconds. */
export const now = () => Date.now() - ahead;
