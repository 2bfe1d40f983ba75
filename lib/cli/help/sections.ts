import type { CommandEntry } from "../command-table.ts";

/** A part of the overview that help shows, which is also a page of docs/commands. */
export interface Section {
  readonly heading: string;
  /** The first words of its commands, the common ones first. */
  readonly words: readonly string[];
}

/** The sections by the names of their pages. */
export const sections: Readonly<Record<string, Section>> = {
  running: {
    heading: "Run bots and look at them",
    words: [
      "bot",
      "collector",
      "up",
      "reload",
      "down",
      "ps",
      "logs",
      "why",
      "events",
      "report",
      "doctor",
      "notify",
    ],
  },
  operating: {
    heading: "Stop, start and move them from any terminal",
    words: ["top", "status", "stop", "start", "restart", "rotate", "check", "exec"],
  },
  accounts: { heading: "Accounts", words: ["account"] },
  proxies: {
    heading: "Proxies and exits",
    words: ["proxy", "assign", "unassign", "demote", "burn", "revive"],
  },
  "set-up": { heading: "Set-up", words: ["init", "config", "keys", "db", "echo", "completion"] },
  engines: { heading: "Files for the programs that keep bots running", words: ["generate"] },
};

/** The page of a command; undefined when no page takes it. */
export function pageOf({ path }: Pick<CommandEntry, "path">): string | undefined {
  const [word = ""] = path.split(" ");
  return Object.keys(sections).find((page) => sections[page]?.words.includes(word));
}
