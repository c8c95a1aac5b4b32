/** Variables that a rescue reads: what was it that failed, and what became of it? */
export const failureNames = ["failed_task", "failed_result"] as const;
