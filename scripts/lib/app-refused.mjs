/** A refused operation; the message is for the operator. */
export class AppRefused extends Error {}
