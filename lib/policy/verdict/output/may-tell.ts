// How much of a line is looked at.
const mostLineLetters = 4_096;
const mostRawLetters = 16_384;

// Whatever every bot prints passes here, so this is one expression without groups that go back; what it lets through is looked at
// again, line by line. Logs written as JSON put backslashes before quotes, more of them at each level.
const hint =
  /\b4(?:03|18|29|51)\b|[cC]ode\\{0,15}["']|code[=:]| banned until |DDoSProtection|RateLimitExceeded|error\\{0,15}": ?\[|label\\{0,15}"|ClientError: \(|not allowed to place|AG7002|UDAPI1154|DH-911|IP_NOT_ALLOWED/;

const escape = String.fromCharCode(27);
const bell = String.fromCharCode(7);
// What terminals take as commands: colours and moves (CSI), links and titles (OSC), and the short ones.
const commands = new RegExp(
  String.raw`${escape}(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^${bell}${escape}\n]{0,2048}(?:${bell}|${escape}\\)|[ -/]{0,2}[0-Z\\^-~])`,
  "g",
);

/** Whether a printed text, of one line or many, may tell of a venue's refusal: cheap enough to be asked of all that is printed. */
export function mayTell(text: string, userLines: readonly RegExp[]): boolean {
  if (hint.test(text)) return true;
  if (text.includes(escape) && hint.test(text.replaceAll(commands, ""))) return true;
  if (userLines.length === 0) return false;
  return text.split("\n").some((line) => {
    const read = readOf(line);
    return userLines.some((pattern) => pattern.test(read));
  });
}

/** What rules read of a printed line: its first letters, without what is for terminals, and with one backslash where JSON within JSON has many. */
export function readOf(line: string): string {
  const plain = line.includes(escape) ? line.slice(0, mostRawLetters).replaceAll(commands, "") : line;
  return plain.slice(0, mostLineLetters).replaceAll(/\\{2,15}(?=["'])/g, "\\");
}
