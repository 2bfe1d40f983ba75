/** Whether a text is `user:pass`, or a whole entry, in base64: some apps write their links so. As a user it would be shown, and the password in it. */
export function isBase64Login(text: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{6,}={0,2}$/.test(text)) return false;
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return /^[!-~]+:[!-~]+$/.test(plain);
  } catch {
    return false;
  }
}
