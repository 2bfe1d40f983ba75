import { basename, join, resolve } from "node:path";

/** Where the programs of a command look for what they are not told. */
export interface ProfilePlaces {
  readonly cwd: string;
  /** `$XDG_CONFIG_HOME`, else `.config` at home. */
  readonly configHome: string;
}

/** The browsers that tell one another by a lock in their profile, and that one's folder below the configuration. */
const usualFolders: Readonly<Record<string, string>> = {
  chromium: "chromium",
  "chromium-browser": "chromium",
  chrome: "google-chrome",
  "google-chrome": "google-chrome",
  "google-chrome-stable": "google-chrome",
  "google-chrome-beta": "google-chrome-beta",
  "google-chrome-unstable": "google-chrome-unstable",
  "brave-browser": "BraveSoftware/Brave-Browser",
  "microsoft-edge": "microsoft-edge",
  "microsoft-edge-stable": "microsoft-edge",
  vivaldi: "vivaldi",
  "vivaldi-stable": "vivaldi",
  opera: "opera",
};

/** The profiles that the words of a command name, a shell line among them too; a browser without one means its usual profile. */
export function namedProfiles(
  words: readonly string[],
  { cwd, configHome }: ProfilePlaces,
): readonly string[] {
  const named = words.flatMap((word, index) => [
    ...flagged(word),
    ...(/^--?profile$/.test(word) ? words.slice(index + 1, index + 2) : []),
  ]);
  if (named.length > 0) return named.map((path) => resolve(cwd, path));
  const programs = programsOf(words).map((word) => basename(word));
  const folders = programs.flatMap((name) =>
    Object.hasOwn(usualFolders, name) ? [usualFolders[name] ?? ""] : [],
  );
  return [...new Set(folders)].map((folder) => join(configHome, folder));
}

/** The usual profiles of all browsers that are known. */
export function usualProfiles(configHome: string): readonly string[] {
  return [...new Set(Object.values(usualFolders))].map((folder) => join(configHome, folder));
}

/** What is put in front of a program, and starts it. */
const wrappers = new Set([
  "dbus-run-session",
  "env",
  "exec",
  "nice",
  "nohup",
  "setsid",
  "stdbuf",
  "xvfb-run",
]);

// A word elsewhere is an argument: `--executable /usr/bin/chromium` is started with a profile of its own.
function programsOf(words: readonly string[]): readonly string[] {
  const meant = words.filter((word) => !/^[-+\w]*=|^-|^\d+$/.test(word));
  // Any number of them may stand before it.
  const at = meant.findIndex((word) => !wrappers.has(basename(word)));
  const [first = "", line = ""] = at < 0 ? [] : meant.slice(at, at + 2);
  if (!isShell(first)) return [first];
  const commands = line.split(/[;&|()\n]+/).map((text) => text.trim().split(/\s+/));
  return commands.flatMap((each) => (each[0] === undefined || isShell(each[0]) ? [] : programsOf(each)));
}

function isShell(word: string): boolean {
  return /^(?:ba|da|z|k)?sh$/.test(basename(word));
}

// As a word of its own the value is all the rest, blanks too; within a shell line it ends where a word does.
function flagged(word: string): readonly string[] {
  const [, rest] = /^--(?:user-data-dir|profile)=(.+)$/s.exec(word) ?? [];
  if (rest !== undefined) return [rest];
  const inLine = /\s--?(?:user-data-dir=|profile[=\s]\s*)(?:"([^"]+)"|'([^']+)'|([^\s'";&|]+))/g;
  return [...word.matchAll(inLine)].map(([, double, single, plain]) => double ?? single ?? plain ?? "");
}
