/** What a word names, as far as its completion is concerned. */
export type WordKind =
  /** Accounts alone: what is said to be a collector is refused. */
  | "accounts"
  /** Units, of which only bots make sense. */
  | "bots"
  | "proxies"
  | "collectors"
  | "units"
  | "channels"
  | "venues"
  | "files"
  | "folders"
  | "shells";

// By what commands call their words. A word that is not here is nobody's to guess: a new name, a text, a secret.
const byName: Readonly<Record<string, WordKind>> = {
  account: "accounts",
  accounts: "accounts",
  proxy: "proxies",
  label: "proxies",
  labels: "proxies",
  exit: "proxies",
  channel: "channels",
  unit: "units",
  units: "units",
  names: "units",
  venue: "venues",
  shell: "shells",
  file: "files",
  folder: "folders",
};

// Where one command means something else by it, as a word or by a flag.
const byCommand: Readonly<Record<string, WordKind | undefined>> = {
  "account add name": undefined,
  "account add names": undefined,
  "proxy add label": undefined,
  "collector name": "collectors",
  "events account": "units",
  "exec name": "accounts",
  "generate pm2 accounts": "units",
  "logs name": "units",
  "revive name": "accounts",
  "rotate names": "bots",
};

/** What a command's word without a flag names. */
export function kindOfOperand(path: string, name: string): WordKind | undefined {
  const exact = `${path} ${name}`;
  if (exact in byCommand) return byCommand[exact];
  if (name === "name" && path.startsWith("account ")) return "accounts";
  return byName[name];
}

/** What the value of a flag names. */
export function kindOfFlag(path: string, name: string, value: string): WordKind | undefined {
  const exact = `${path} ${name}`;
  if (exact in byCommand) return byCommand[exact];
  if (name === "proxy-label") return "proxies";
  return byName[name] ?? byName[value];
}
