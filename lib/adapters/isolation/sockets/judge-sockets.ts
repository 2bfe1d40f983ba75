import type { SocketFile } from "./socket-files.ts";

/** What is known of a bot's file view when sockets are judged. */
export interface SocketRules {
  /** Whom the bot runs as, and whose groups it has where that is the launcher's user. */
  readonly uid: number;
  readonly groups: readonly number[];
  /** Whether the bot does not see a path as it is here: it is covered, or the bot has a folder of its own there. */
  readonly isUnseen: (path: string) => boolean;
  /** This run's own socket and those that `local` names. */
  readonly allowed: readonly string[];
}

/** Services that carry nothing out: the system's log, and PostgreSQL, which bots work with. */
const harmless: readonly RegExp[] = [
  /^\/run\/systemd\/journal\//,
  /^\/dev\/log$/,
  /^\/run\/rsyslog\//,
  /\/\.s\.PGSQL\.\d+$/,
];

/**
 * Covers what belongs to the bot's own user, whoever that is: a browser, an ssh master, an editor or a key server would
 * take the bot's work over and do it from outside. What belongs to others stays as it is, and is counted where the
 * file lets the bot in.
 */
export function judgeSockets(files: readonly SocketFile[], rules: SocketRules) {
  const open = files.filter(({ path }) => !rules.isUnseen(path) && !rules.allowed.includes(path));
  const isCovered = ({ path, uid }: SocketFile) =>
    uid === rules.uid && !harmless.some((pattern) => pattern.test(path));
  return {
    /** Nothing is to stand in their place. */
    covered: open.filter(isCovered).map(({ path }) => path),
    /** The bot can connect to them, and nobody said that it may. */
    reachable: open.filter((file) => !isCovered(file) && letsIn(file, rules)).map(({ path }) => path),
  };
}

// Connecting needs the right to write.
function letsIn({ uid, gid, mode }: SocketFile, { uid: botUid, groups }: SocketRules): boolean {
  if (uid === botUid) return (mode & 0o200) !== 0;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && groups.includes(gid));
}
