// Loaded into cdk8s's Node before everything else. For every value that it is given, jsii makes the text of an error that does
// not happen, and lets `util.inspect` describe the value's type for it: about a tenth of the whole run. So it is to be brief.
require("node:util").inspect.defaultOptions = { depth: -1 };
