/** What is shown of a task that its author keeps out of logs. */
export const hidden = "(hidden by no_log)";
