"""Values left open: components compute with tokens, so that manifests and chart come from one run.

A component never sees a value. It gets a token, which takes the value's place in the manifest; where the structure depends on a
value, it uses a condition. The finished tree is evaluated with the values for the manifests (`resolve`), and written as templates
for the chart (`tierwright.outputs.helm`). So nothing can silently depend on a value, and both outputs come from the same tree.
"""
