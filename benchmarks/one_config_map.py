"""The measure of `main.py`: an app that makes one ConfigMap, with the same Node and the same bindings."""

import sys

from tierwright.cdk import App, Chart, YamlOutputType, k8s

app = App(outdir=sys.argv[1], output_file_extension=".yaml", yaml_output_type=YamlOutputType.FILE_PER_CHART)
k8s.KubeConfigMap(Chart(app, "one"), "one", metadata={"name": "one"}, data={"key": "value"})
app.synth()
