/** How much of a line is looked at. */
export const mostLineLetters = 4_096;

// Every line of every bot passes here, so this is one expression without groups that go back; what it lets through is looked at again.
const hint =
  /\b4(?:03|18|29|51)\b|[cC]ode\\?["']|code[=:]| banned until |DDoSProtection|RateLimitExceeded|"error": ?\[|label\\?"|ClientError: \(|not allowed to place|AG7002|UDAPI1154|DH-911|IP_NOT_ALLOWED/;

/** Whether a printed line may tell of a venue's refusal: cheap enough to be asked of every line. */
export function mayTell(line: string, userLines: readonly RegExp[]): boolean {
  const part = line.length > mostLineLetters ? line.slice(0, mostLineLetters) : line;
  return hint.test(part) || userLines.some((pattern) => pattern.test(part));
}
