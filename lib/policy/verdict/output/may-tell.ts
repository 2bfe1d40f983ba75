// How much of a line is looked at.
const mostLineLetters = 4_096;

// Whatever every bot prints passes here, so this is one expression without groups that go back; what it lets through is looked at
// again, line by line. A colour before a status leaves no word boundary there.
const hint =
  /(?:\b|\[[\d;]{0,20}m)4(?:03|18|29|51)\b|[cC]ode\\?["']|code[=:]| banned until |DDoSProtection|RateLimitExceeded|"error": ?\[|label\\?"|ClientError: \(|not allowed to place|AG7002|UDAPI1154|DH-911|IP_NOT_ALLOWED/;

// Programs colour what they print.
const colours = new RegExp(String.raw`${String.fromCharCode(27)}\[[\d;]{0,20}m`, "g");

/** Whether a printed text, of one line or many, may tell of a venue's refusal: cheap enough to be asked of all that is printed. */
export function mayTell(text: string, userLines: readonly RegExp[]): boolean {
  if (hint.test(text)) return true;
  if (userLines.length === 0) return false;
  return text.split("\n").some((line) => {
    const read = readOf(line);
    return userLines.some((pattern) => pattern.test(read));
  });
}

/** What rules read of a printed line: its first letters, without colours. */
export function readOf(line: string): string {
  return line.slice(0, mostLineLetters).replaceAll(colours, "");
}
