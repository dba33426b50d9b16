// flux-build prints what Flux' kustomize-controller would apply of a folder: it makes the folder's kustomization.yaml as the
// controller does, where there is none, and builds it.
package main

import (
	"fmt"
	"os"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	nothing := unstructured.Unstructured{Object: map[string]any{}}
	if _, err := kustomize.NewGenerator(folder, nothing).WriteFile(folder); err != nil {
		return err
	}
	built, err := kustomize.SecureBuild(folder, folder, false)
	if err != nil {
		return err
	}
	manifests, err := built.AsYaml()
	if err == nil {
		_, err = os.Stdout.Write(manifests)
	}
	return err
}
