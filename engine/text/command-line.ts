/** How places are called that are in no file of the user's, but in what was typed. */
export const commandLine = "(command line)";
