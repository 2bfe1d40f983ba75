/** The major of everything spoken over bot.sock and operator.sock; another major is refused. */
export const protocolVersion = 2;
/** A frame is one line of JSON of at most this many bytes. */
export const maxFrameBytes = 65_536;
