"""The fine-tuned sentence encoder, and how it is made. Only `encoder.onnx` and `encoder.json` are needed in use."""
