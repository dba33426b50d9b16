"""Values left open: what the constructs compute with, so that manifests and chart come from one run of them.

A construct never sees what a value is. It gets a token, which stands in its manifest where the value would; what decides
structure is a condition. The finished tree is evaluated with the values for the manifests (`resolve`) and written as
templates for the chart (`tierwright.outputs.helm`). So no structure can be decided silently, and both come from the same tree.
"""
