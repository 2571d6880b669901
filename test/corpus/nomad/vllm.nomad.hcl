variable "model" {
  type    = string
  default = "Qwen/Qwen3-8B"
}

job "vllm" {
  datacenters = ["dc1"]
  type        = "service"

  group "serving" {
    network {
      port "http" {
        to = 8000
      }
    }

    task "engine" {
      driver = "docker"

      config {
        image    = "vllm/vllm-openai:v0.11.0"
        ipc_mode = "host"
        ports    = ["http"]
        args = [
          "--model", var.model,
          "--max-model-len", "16384",
          "--gpu-memory-utilization", "0.90", # the card is this task's alone
          "--tensor-parallel-size=2",
        ]
      }

      env {
        HF_HOME = "/alloc/data/huggingface"
      }

      resources {
        cpu    = 8000
        memory = 32768

        device "nvidia/gpu" {
          count = 2

          constraint {
            attribute = "${device.model}"
            value     = "NVIDIA L4"
          }
        }
      }
    }
  }
}
