/** A workload of Terraform's Kubernetes provider with these arguments on two GPUs of a node with L4s, and what follows it. */
export function container(args: string, rest = ''): string {
  return `resource "kubernetes_deployment_v1" "vllm" {
  metadata {
    name = "vllm"
  }
  spec {
    template {
      spec {
        node_selector = {
          "cloud.google.com/gke-accelerator" = "nvidia-l4"
        }
        container {
          name  = "server"
          image = "vllm/vllm-openai:v0.11.0"
          args = ${args}
          resources {
            limits = {
              "nvidia.com/gpu" = 2
            }
          }
        }
      }
    }
  }
}
${rest}`;
}
