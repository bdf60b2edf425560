"""Compare activations side by side, and browse what happens in every layer in TensorBoard.

python script.py
python script.py --activations relu gelu tanh --max_steps 500
python script.py --no_tensorboard --train_dir OUT --seed 1
python script.py --activations relu selu --seeds 5 --learning_rate 1e-3 1e-4
python script.py --activations relu selu --seeds 5 --cluster ray
python script.py --experiment snn_tutorial --seeds 5
python script.py --experiment deep
python script.py --help
"""

from avh.cli.compare import main

if __name__ == "__main__":
    raise SystemExit(main())
