import { readFileSync, statSync } from "node:fs";
import { Secret } from "../../../domain/secret.ts";
import { decodeLine } from "../../../domain/text/decode-text.ts";
import { unseenIn } from "../../../domain/text/unseen.ts";
import { UsageError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, declinedStatus } from "../../verbs/consent.ts";

export const usage = {
  details:
    "Asks for the URL of a PostgreSQL of yours, which may hold its password, or reads it from a file. Refused while a bot or collector runs. Everything is copied and compared, the old database says where its facts went and starts nothing any more, and .env names the new one; the password is kept in a file of its own. Ended at any point it loses nothing: run it again, also in other folders that still name the old database.",
  examples: ["launch db move", "launch db move --url-file url.txt", "launch db move --undo"],
  flags: {
    "url-file": { kind: "text", value: "file", help: "A file of mode 0600 that holds the URL." },
    undo: {
      kind: "toggle",
      help: "Return to the earlier database, with everything that was changed since.",
    },
    force: {
      kind: "toggle",
      help: "With --undo: return although the new database cannot be reached; changes that were made there are lost here.",
    },
    yes: consentFlags.yes,
  },
} as const satisfies CommandUsage;

/** Moves the facts. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { io, flags } = context;
  if (flags.force && !flags.undo)
    throw new UsageError("LAUNCH_USAGE", "--force can be used only with --undo.", {
      hint: "Run `launch db move --help`.",
    });
  if (flags.force && !(await isWanted(context)))
    return { notes: ["Nothing was done."], exitStatus: declinedStatus };
  const workspace = await context.openWorkspace();
  const { moveDatabase, undoMove } = await import("../../../compose/database/move/move-database.ts");
  const file = flags["url-file"];
  const wishes = {
    flags: io.flags,
    askUrl: () =>
      file === undefined
        ? io.askSecret(
            "URL of the PostgreSQL (postgres://user:password@host:5432/database)",
            ["--url-file"],
            unseenIn,
          )
        : Promise.resolve(urlFrom(file)),
    say: (text: string) => io.note(text),
  };
  const report = flags.undo
    ? await undoMove(workspace, wishes, flags.force)
    : await moveDatabase(workspace, wishes);
  const { from, to, envFile, rows } = report;
  const counts = Object.entries(rows ?? {}).map(([table, count]) => `${count} ${table}`);
  const copied =
    rows === undefined ? "Everything was already copied" : `Copied and compared: ${counts.join(", ")}`;
  return {
    data: { version: 1, from, to, env_file: envFile ?? null, rows: rows ?? null },
    notes: [
      `${copied}.`,
      `Moved from the database ${from} to the database ${to}.`,
      ...(envFile === undefined
        ? []
        : [
            `${envFile} names the new one. In other folders that still use the old database nothing starts: run the same command there.`,
          ]),
    ],
  };
}

// There is nothing to rehearse: whether the new database answers shows only when everything is to be copied back.
async function isWanted({ io, flags }: Context<typeof usage>): Promise<boolean> {
  io.warn(
    "warning: If the new database cannot be reached, what was changed there since the move is not copied back: bots return to the exits and verdicts of before.",
  );
  return !io.isInteractive || flags.yes || (await io.confirm("Return to the earlier database all the same?"));
}

function urlFrom(path: string): Secret {
  try {
    const facts = statSync(path);
    if (facts.isFile() && (facts.mode & 0o077) !== 0)
      throw new UsageError(
        "LAUNCH_INVALID_VALUE",
        `${path} may contain a password, and other users can read it.`,
        {
          hint: `Run \`chmod 600 ${path}\`.`,
        },
      );
    const read = decodeLine(readFileSync(path));
    if (read.kind === "text") return new Secret(read.text);
    throw new UsageError("LAUNCH_INVALID_VALUE", `--url-file: ${path} ${read.what}.`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError("LAUNCH_INVALID_VALUE", `--url-file: ${path} cannot be read (${code}).`, { cause });
  }
}
