import { describe, expect, test } from "vitest";
import { projectFiles } from "../support/project-files.ts";
import { twoWayFolderPairs } from "../support/source/folder-pairs.ts";
import { unmadeMembers } from "../support/source/union-members.ts";

/** May only become smaller: whoever parts two folders lowers it. */
const mostTwoWayPairs = 10;

/** Made where a reading of text cannot see it, each with the place. */
const madeOtherwise: readonly string[] = [
  'AcceptanceSignal "allowed"', // an argument of the operator's command
  'HeartbeatWatch.what "heartbeat"', // said by the watch of life, which knows the type by its argument
  'HeartbeatWatch.what "hello"',
  'BotFrame.type "subscribe"', // programs of the bot say it
  'AnswerHeader "cf-ray"', // servers say them
  'AnswerHeader "date"',
  'AnswerHeader "x-mbx-used-weight-1m"',
  'EnginePreference "embedded"', // a test's or a bench's choice
  'EnginePreference "system"',
  'EvidenceChannel "operator"', // an argument of the venue's intake
  'ExpectedIpSource "first-proof"', // written by the statement that pins
  'PlannedCause "expiring"', // wished for by the reasons to leave an exit
  'PlannedCause "vendor_incident"',
  'SwitchStore.outcome "failed"', // an argument of finishPermit
  'WaySign "connect_failed"', // chosen by what the relay heard
  'WaySign "credential_refused"',
  'WaySign "unreachable"',
];

const lib = projectFiles(["lib"]);
const data = projectFiles(["lib"], [".json"]);

describe("the folders of lib", () => {
  test("need one another in no more pairs than before", () => {
    const pairs = twoWayFolderPairs(lib);
    const shown = pairs.map(({ folders, imports }) => `${folders}: ${imports.join("; ")}`).join("\n");
    expect(pairs.length, shown).toBeLessThanOrEqual(mostTwoWayPairs);
  });

  test("are a pair when files of each import the other, not when one only loads the other when used", () => {
    const files = [
      {
        path: "lib/a/one.ts",
        text: 'import { two } from "../b/two.ts";\nimport {\n  c,\n} from "../c/c.ts";\n',
      },
      { path: "lib/b/two.ts", text: 'import type { One } from "../a/one.ts";\n' },
      { path: "lib/c/c.ts", text: 'const load = () => import("../a/one.ts");\n' },
    ];
    const imports = ["lib/a/one.ts imports lib/b/two.ts", "lib/b/two.ts imports lib/a/one.ts"];
    expect(twoWayFolderPairs(files)).toEqual([{ folders: "lib/a ⇄ lib/b", imports }]);
    expect(
      twoWayFolderPairs([...files, { path: "lib/c/d.ts", text: 'export { one } from "../a/one.ts";\n' }]),
    ).toHaveLength(2);
  });
});

describe("the unions of lib", () => {
  test("have no member that nothing makes, but for those that are listed", () => {
    expect(unmadeMembers(lib, data)).toEqual(madeOtherwise.toSorted());
  });

  test("have a member that nothing makes where it is only declared, compared or a key", () => {
    const text = [
      'export type Cause = "crash" | "lease";',
      'export const states = ["up", "suspect"] as const;',
      "export type State = (typeof states)[number];",
      'export type Event =\n  | { readonly kind: "lost"; readonly cause: Cause }\n  | { readonly kind: "found" };',
      "const limits: Record<Cause, number> = { crash: 1, lease: 2 };",
      'export function next(event: Event): State {\n  if (event.kind === "found") return "up";',
      '  switch (event.cause) {\n    case "lease":\n      return "up";\n  }\n}',
      'next({ kind: "lost", cause: "crash" });',
    ].join("\n");
    expect(unmadeMembers([{ path: "lib/a.ts", text }])).toEqual([
      'Cause "lease"',
      'Event.kind "found"',
      'State "suspect"',
    ]);
  });
});
