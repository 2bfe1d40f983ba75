import type { HostInspector, PathFacts } from "../../ports/host/host-inspector.ts";
import { type Finding, failed, fine, uncertain } from "./finding.ts";

/** Looks at the state folder: there, ours, closed to others, writable. */
export async function checkStateFolder(inspector: HostInspector, folder: string): Promise<Finding> {
  const subject = "state folder";
  const facts = await inspector.look(folder);
  const problem = placeProblem(subject, { path: folder, facts, wanted: "folder" });
  if (problem !== undefined) return problem;
  // Root's state folder lets others pass through (0711): the database's own user has to reach its data.
  const others = openTo(facts, 0o066);
  if (others !== undefined)
    return failed(subject, `${folder} can be read by others (${others}).`, `chmod go-rw ${folder}`);
  const why = await inspector.tryWriting(folder);
  if (why === undefined) return fine(subject, `${folder} (closed to others, writable)`);
  return failed(
    subject,
    `${folder} cannot be written to: ${why}`,
    "Free some space, correct its permissions, or set LAUNCH_STATE_DIR to another folder.",
  );
}

/** Looks at the key file: there, ours, closed to others. */
export async function checkKeyFile(inspector: HostInspector, path: string): Promise<Finding> {
  const subject = "key file";
  const facts = await inspector.look(path);
  const problem = placeProblem(subject, { path, facts, wanted: "file" });
  if (problem !== undefined) return problem;
  const others = openTo(facts, 0o077);
  if (others !== undefined)
    return failed(subject, `${path} can be read by others (${others}).`, `chmod 600 ${path}`);
  return fine(subject, `${path} (closed to others)`);
}

interface Place {
  readonly path: string;
  readonly facts: PathFacts;
  readonly wanted: "file" | "folder";
}

function placeProblem(subject: string, place: Place): Finding | undefined {
  const { facts, path, wanted } = place;
  if (facts.kind === "absent") return failed(subject, `${path} is not there.`, "launch init");
  if (facts.kind === "hidden")
    return failed(subject, `${path} cannot be checked: ${facts.why}`, `Run as the user who owns ${path}.`);
  if (facts.kind !== wanted)
    return failed(subject, `${path} is no ${wanted}.`, "Move it away, then run `launch init`.");
  if (!facts.isOurs)
    return uncertain(
      subject,
      `${path} belongs to another user.`,
      "Run as its owner, or change its owner with chown.",
    );
  return undefined;
}

/** The mode in octal when group or others have a right that is forbidden to them. */
function openTo(facts: PathFacts, forbidden: number): string | undefined {
  if (!("mode" in facts) || (facts.mode & forbidden) === 0) return undefined;
  return facts.mode.toString(8).padStart(4, "0");
}
