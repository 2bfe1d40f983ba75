/** "612 MB". */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** How a process ended that the kernel ended because it held more than so many bytes. */
export function describeMemoryEnd(bytes: number): string {
  return `was ended by the kernel past its memory_limit (more than ${megabytes(bytes)})`;
}
